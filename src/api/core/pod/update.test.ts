/** Updates of pods that wait at scheduling gates, and of what features are off. */
import { expect, test } from 'vitest';
import { newPod, strategyContext, told } from '../../../testing/pods.ts';
import { pod as kind } from '../pod.ts';
import { validatePodUpdate } from './update.ts';

type Json = Record<string, unknown>;

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const TERMS = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`;
const gated = (spec: Json) => newPod({ schedulingGates: [{ name: 'g' }], ...spec });
const exists = (key: string) => ({ key, operator: 'Exists' });
const term = (...keys: string[]) => ({ matchExpressions: keys.map(exists) });
const on = (...nodeSelectorTerms: Json[]): Json => ({
  affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms } } },
});
const near: Json = { podAffinity: { [REQUIRED]: [{ topologyKey: 'z', labelSelector: {} }] } };
const shown = (...keys: string[]) =>
  JSON.stringify({
    MatchExpressions: keys.map(Key => ({ Key, Operator: 'Exists', Values: null })),
    MatchFields: null,
  });
const LONGER = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
const WIDER = 'only additions are allowed (no mutations or deletions)';

test.each<[what: string, old: Json, next: Json, problems: readonly string[]]>([
  ['more labels of nodes', { nodeSelector: { a: 'b' } }, { nodeSelector: { a: 'b', c: 'd' } }, []],
  [
    'no labels of nodes any more',
    { nodeSelector: { a: 'b' } },
    {},
    [
      'spec.nodeSelector: Invalid value: null: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
  ],
  ['affinity where there was none', {}, on(term('a')), []],
  ['a term that narrows', on(term('a')), on(term('a', 'b')), []],
  ['another term', on(term('a')), on(term('b')), [`${TERMS}[0]: Invalid value: ${shown('b')}: ${WIDER}`]],
  [
    'a term that selected nothing',
    on({}),
    on(term('a')),
    [`${TERMS}[0]: Invalid value: ${shown('a')}: ${WIDER}`],
  ],
  [
    'one term more',
    on(term('a')),
    on(term('a'), term('b')),
    [`${TERMS}: Invalid value: [${shown('a')},${shown('b')}]: ${LONGER}`],
  ],
  ['no affinity any more', on(term('a')), {}, [`${TERMS}: Invalid value: null: ${LONGER}`]],
])('of a gated pod: %s', (_, old, next, problems) => {
  expect(told(validatePodUpdate(gated(next), gated(old)))).toEqual(problems);
});

test.each<[what: string, old: Json, next: Json]>([
  ['taken away', { affinity: near }, {}],
  ['added', {}, { affinity: { ...near, ...(on(term('a'))['affinity'] as Json) } }],
])('affinity to pods is not %s, whatever becomes of that to nodes', (_, old, next) => {
  const [error, ...others] = told(validatePodUpdate(gated(next), gated(old)));
  expect(error).toContain('spec: Forbidden: pod updates may not change fields other than');
  expect(others).toEqual([]);
});

test('fields of features that are off stay where they are, each by itself', () => {
  const source = { clusterTrustBundle: { path: 'p', name: 'n' } };
  const volumes = () => [{ name: 'v', projected: { sources: [structuredClone(source)] } }];
  const lifecycle = { stopSignal: 'SIGINT' };
  const old = newPod({});
  old.spec.volumes = volumes();
  old.spec.ephemeralContainers = [{ name: 'e', lifecycle }];
  const next = newPod({});
  const added = { podCertificate: { signerName: 's', keyType: 'ED25519' } };
  Object.assign(next.spec, {
    volumes: volumes(),
    containers: [{ name: 'c', lifecycle }],
    schedulingGroup: { podGroupName: 'x' },
  });
  next.spec.volumes?.[0]?.projected?.sources?.push(structuredClone(added));
  kind.prepareForUpdate?.(next, old, strategyContext());
  expect(next.spec).toMatchObject({
    volumes: [{ projected: { sources: [source, {}] } }],
    containers: [{ lifecycle }],
  });
  expect(next.spec.schedulingGroup).toBeUndefined();
});
