/** The real kubectl reads our documents: `explain --recursive` of every kind names every field the facts know. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KindDefinition } from '../../src/api/kind.ts';
import { builtinKinds } from '../../src/api/kinds.ts';
import { apiVersionOf } from '../../src/api/object.ts';
import { startDevApiServer } from '../../src/testing/dev-api-server.ts';
import { clientTool, whyNoClientTools } from '../support/client-tools.ts';
import { type Live, startLive } from '../support/live.ts';
import { facts } from './differences.ts';

const runs = whyNoClientTools === undefined;
if (!runs) console.log(`kubectl explain is left out: ${whyNoClientTools}`);
const TIMEOUT_MS = 120_000;

let live: Live;
let kubectl = '';
beforeAll(async () => {
  if (!runs) return;
  live = await startLive(startDevApiServer);
  kubectl = await clientTool('v36', 'kubectl');
}, TIMEOUT_MS);
afterAll(() => live?.close());

const explain = (...args: readonly string[]) => live.ok(kubectl, ['explain', ...args]);

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}
const schemas = facts<Readonly<Record<string, Schema>>>('schemas.json');
const REF = '#/components/schemas/';

/** Every field below a type, each type once: kubectl stops where one contains itself. */
function fieldsBelow(schema: Schema, seen = new Set<string>(), found = new Set<string>()): Set<string> {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref !== undefined) {
    const id = ref.slice(REF.length);
    const known = schemas[id];
    if (!known || seen.has(id)) return found;
    return fieldsBelow(known, seen.add(id), found);
  }
  for (const inner of [schema.items, schema.additionalProperties]) if (inner) fieldsBelow(inner, seen, found);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    found.add(name);
    fieldsBelow(field, seen, found);
  }
  return found;
}

/** `  name	<type>` at any depth. */
const fieldsIn = (text: string) => new Set([...text.matchAll(/^ *([$\w-]+)\t</gm)].map(([, name]) => name));

test.skipIf(!runs)(
  'kubectl explain --recursive tells every field of every kind',
  async () => {
    const one = async (kind: KindDefinition) => {
      const text = await explain(kind.plural, '--api-version', apiVersionOf(kind), '--recursive');
      expect(text, kind.plural).toMatch(new RegExp(`^KIND: +${kind.kind}$`, 'm'));
      expect(text, kind.plural).not.toContain('<empty>');
      const fields = fieldsIn(text);
      const missing = [...fieldsBelow(schemas[kind.schema] ?? {})].filter(name => !fields.has(name));
      expect(missing, kind.plural).toEqual([]);
    };
    const queue = [...builtinKinds];
    const worker = async () => {
      for (let kind = queue.pop(); kind; kind = queue.pop()) await one(kind);
    };
    await Promise.all([worker(), worker()]);
  },
  TIMEOUT_MS,
);

test.skipIf(!runs)(
  'kubectl explain says what a field means, and what its type does',
  async () => {
    const text = (await explain('pod.spec.restartPolicy')).replace(/\s+/g, ' ');
    expect(text).toContain('FIELD: restartPolicy <string>');
    expect(text).toContain('ENUM: Always Never OnFailure');
    expect(text).toContain('Restart policy for all containers within the pod.');
    const spec = (await explain('pod.spec')).replace(/\s+/g, ' ');
    expect(spec).toContain('FIELD: spec <PodSpec>');
    expect(spec).toContain('Specification of the desired behavior of the pod.');
    expect(spec).toContain('PodSpec is a description of a pod.');
    expect(spec).toContain('containers <[]Container> -required-');
  },
  TIMEOUT_MS,
);

test.skipIf(!runs)(
  'kubectl explains out of the v2 document, which it takes in protobuf, the same fields',
  async () => {
    for (const plural of ['pods', 'networkpolicies', 'customresourcedefinitions']) {
      const text = await explain(plural, '--recursive', '--output', 'plaintext-openapiv2');
      // A field that may be anything has no type there.
      const names = new Set([...text.matchAll(/^ *([$\w-]+)\t<[^>]*>/gm)].map(([, name]) => name));
      const { schema = '' } = builtinKinds.find(kind => kind.plural === plural) ?? {};
      expect(
        [...fieldsBelow(schemas[schema] ?? {})].filter(name => !names.has(name)),
        plural,
      ).toEqual([]);
    }
    const policy = (await explain('pod.spec.restartPolicy', '--output', 'plaintext-openapiv2')).replace(
      /\s+/g,
      ' ',
    );
    expect(policy).toContain('Restart policy for all containers within the pod.');
  },
  TIMEOUT_MS,
);
