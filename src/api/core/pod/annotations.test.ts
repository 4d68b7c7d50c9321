/** Annotations of pods that upstream gives a meaning. */
import { expect, test } from 'vitest';
import { newPod, podProblems, strategyContext, told } from '../../../testing/pods.ts';
import { pod as kind } from '../pod.ts';
import { validatePodAnnotationsUpdate } from './annotations.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/c';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const a = 'metadata.annotations';

test.each<[what: string, next: Record<string, string>, old: Record<string, string>, problems: string[]]>([
  [
    'taken from a mirror pod',
    {},
    { [MIRROR]: 'x' },
    [`[${MIRROR}]: Forbidden: may not remove or update mirror pod annotation`],
  ],
  [
    'changed',
    { [MIRROR]: 'y' },
    { [MIRROR]: 'x' },
    [`[${MIRROR}]: Forbidden: may not remove or update mirror pod annotation`],
  ],
  [
    'given to a mirror pod',
    { [MIRROR]: 'x' },
    {},
    [`[${MIRROR}]: Forbidden: may not add mirror pod annotation`],
  ],
  [
    'added of AppArmor',
    { [APPARMOR]: 'unconfined' },
    {},
    [`[${APPARMOR}]: Forbidden: may not add AppArmor annotations`],
  ],
  [
    'changed to what is no profile',
    { [APPARMOR]: 'x' },
    { [APPARMOR]: 'unconfined' },
    [
      `[${APPARMOR}]: Forbidden: may not remove or update AppArmor annotations`,
      `[${APPARMOR}]: Invalid value: "x": invalid AppArmor profile name: "x"`,
    ],
  ],
  ['kept', { [APPARMOR]: 'unconfined', other: '1' }, { [APPARMOR]: 'unconfined' }, []],
])('an annotation %s', (_, next, old, problems) => {
  const pod = (annotations: Record<string, string>) => newPod({ nodeName: 'n' }, { annotations });
  expect(told(validatePodAnnotationsUpdate(pod(next), pod(old), a))).toEqual(problems.map(p => a + p));
});

test.each<[text: string, problems: readonly string[]]>([
  ['', []],
  ['null', []],
  ['[{"Key":"k","operator":"Exists"}]', []],
  [
    '[{"key":"k","operator":"Exists","value":"v"}]',
    [
      `${a}.${TOLERATIONS}[0].operator: Invalid value: "v": value must be empty when \`operator\` is 'Exists'`,
    ],
  ],
  ['[', [`${a}: Invalid value: "${TOLERATIONS}": unexpected end of JSON input`]],
  [
    '{}',
    [
      `${a}: Invalid value: "${TOLERATIONS}": json: cannot unmarshal object into Go value of type []core.Toleration`,
    ],
  ],
  [
    '[{"key":5}]',
    [
      `${a}: Invalid value: "${TOLERATIONS}": json: cannot unmarshal number into Go struct field Toleration.Key of type string`,
    ],
  ],
])('tolerations by annotation: %s', (text, problems) => {
  expect(podProblems({}, { annotations: { [TOLERATIONS]: text } })).toEqual(problems);
});

/** What becomes of the profile of the one container, and what the client is warned of. */
function profile(annotation: string, spec: Record<string, unknown> = {}) {
  const warnings: string[] = [];
  const pod = newPod({ ...spec }, { annotations: { [APPARMOR]: annotation } });
  const [container] = pod.spec.containers ?? [];
  delete container?.securityContext;
  kind.prepareForCreate?.(pod, { ...strategyContext(), warn: text => warnings.push(text) });
  return [pod.spec.containers?.map(c => c.securityContext?.appArmorProfile)[0], warnings.length];
}

test('profiles by annotation become fields, with a warning', () => {
  expect(profile('unconfined')).toEqual([{ type: 'Unconfined' }, 1]);
  expect(profile('runtime/default')).toEqual([{ type: 'RuntimeDefault' }, 1]);
  expect(profile('localhost/p')).toEqual([{ type: 'Localhost', localhostProfile: 'p' }, 1]);
  expect(profile('localhost/')).toEqual([undefined, 1]);
  expect(profile('unconfined', { os: { name: 'windows' } })).toEqual([undefined, 0]);
  const same = { securityContext: { appArmorProfile: { type: 'Unconfined' } } };
  expect(profile('unconfined', same)).toEqual([undefined, 0]);
});

test('annotations that were init containers once are dropped', () => {
  const annotations = { 'pod.beta.kubernetes.io/init-containers': '[]' };
  expect(newPod({}, { annotations }).metadata.annotations).toBeUndefined();
  expect(newPod({}, { annotations: { ...annotations, a: 'b' } }).metadata.annotations).toEqual({ a: 'b' });
});
