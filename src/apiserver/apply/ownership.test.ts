import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

type Data = Readonly<Record<string, string>>;

interface Write {
  readonly verb: 'apply' | 'force' | 'replace' | 'merge';
  readonly manager: string;
  readonly data: Data;
}

const write: fc.Arbitrary<Write> = fc.record({
  verb: fc.constantFrom('apply', 'force', 'replace', 'merge'),
  manager: fc.constantFrom('x', 'y', 'z'),
  data: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2')),
});

/** Who owns which keys, in the fewest words: what the server has in its managedFields. */
class Model {
  data: Record<string, string> = {};
  /** By `x Apply` or `x Update`. */
  readonly owners = new Map<string, Set<string>>();

  /** @returns the conflicts: `y Update .data.a`; with any nothing has changed */
  perform({ verb, manager, data }: Write): string[] {
    if (verb === 'replace' || verb === 'merge') {
      this.update(manager, verb === 'merge' ? { ...this.data, ...data } : data);
      return [];
    }
    const self = `${manager} Apply`;
    const disputed = [...this.owners].flatMap(([owner, keys]) =>
      owner === self
        ? []
        : [...keys].filter(key => key in data && data[key] !== this.data[key]).map(key => ({ owner, key })),
    );
    if (verb === 'apply' && disputed.length > 0)
      return disputed.map(({ owner, key }) => `${owner} .data.${key}`).sort();
    for (const { owner, key } of disputed) this.owners.get(owner)?.delete(key);
    const given = [...(this.owners.get(self) ?? [])].filter(key => !(key in data));
    this.owners.set(self, new Set(Object.keys(data)));
    Object.assign(this.data, data);
    for (const key of given)
      if (![...this.owners.values()].some(keys => keys.has(key))) delete this.data[key];
    return [];
  }

  private update(manager: string, data: Data): void {
    const self = `${manager} Update`;
    for (const key of new Set([...Object.keys(this.data), ...Object.keys(data)])) {
      if (data[key] === this.data[key]) continue;
      for (const keys of this.owners.values()) keys.delete(key);
      if (key in data) this.owners.set(self, (this.owners.get(self) ?? new Set()).add(key));
    }
    this.data = { ...data };
  }

  /** Who owns something, by name. */
  get entries(): Record<string, string[]> {
    const some = [...this.owners].filter(([, keys]) => keys.size > 0);
    return Object.fromEntries(some.map(([owner, keys]) => [owner, [...keys].sort()]));
  }
}

test('whatever is applied, forced, replaced and merged in turn, each key has the owners it should have', async () => {
  await using cluster = await startInProcessCluster();
  const base = { apiVersion: 'v1', kind: 'ConfigMap' };
  const path = '/api/v1/namespaces/default/configmaps';
  let round = 0;
  const send = ({ verb, manager, data }: Write, name: string) => {
    const query = `?fieldManager=${manager}${verb === 'force' ? '&force=true' : ''}`;
    const body = { ...base, metadata: { name }, data };
    if (verb === 'replace') return call(cluster.server, 'PUT', `${path}/${name}${query}`, { body });
    const type = verb === 'merge' ? 'merge-patch+json' : 'apply-patch+yaml';
    const headers = { 'content-type': `application/${type}` };
    return call(cluster.server, 'PATCH', `${path}/${name}${query}`, { body, headers });
  };
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 10 }), async writes => {
      const name = `n${round++}`;
      const model = new Model();
      // A key that nobody touches keeps the map there.
      const first = { ...base, metadata: { name }, data: { fixed: '' } };
      await call(cluster.server, 'POST', `${path}?fieldManager=first`, { body: first });
      model.owners.set('first Update', new Set(['fixed']));
      model.data = { fixed: '' };
      for (const raw of writes) {
        const given = raw.verb === 'replace' ? { ...raw, data: { ...raw.data, fixed: '' } } : raw;
        const conflicts = model.perform(given);
        const { status, json } = await send(given, name);
        expect(status).toBe(conflicts.length > 0 ? 409 : 200);
        if (conflicts.length > 0) {
          const told = (json as { details?: { causes?: { field: string; message: string }[] } }).details
            ?.causes;
          expect(
            told
              ?.map(({ field, message }) => {
                const [, manager, updated] = /^conflict with "(.)"( using v1)?/.exec(message) ?? [];
                return `${manager} ${updated === undefined ? 'Apply' : 'Update'} ${field}`;
              })
              .sort(),
          ).toEqual(conflicts);
        }
        const { json: now } = await call(cluster.server, 'GET', `${path}/${name}`);
        expect(now['data']).toEqual(model.data);
        const { managedFields = [] } = (now as unknown as KubeObject).metadata;
        const entries = managedFields.map(({ manager, operation, fieldsV1 }) => {
          const fields = (fieldsV1 as { 'f:data'?: object })['f:data'] ?? {};
          const keys = Object.keys(fields).filter(key => key !== '.');
          return [`${manager} ${operation}`, keys.map(key => key.slice(2)).sort()] as const;
        });
        expect(Object.fromEntries(entries.filter(([, keys]) => keys.length > 0))).toEqual(model.entries);
      }
    }),
  );
});
