/** The checks that the Pod Security Standards' level "restricted" adds to "baseline". Wording as upstream's. */
import type { Volume } from '../../../generated/core-v1.ts';
import { addsCapabilitiesBut, seccompProfile } from './baseline.ts';
import {
  type Check,
  containersWhich,
  inUserNamespace,
  isConfining,
  ofWindows,
  plural,
  quoted,
  type Subject,
  settersWhich,
  sortedSet,
  theContainers,
} from './subject.ts';

/** Since v1.25 what Windows does not know is not asked of pods that say that they are for it. */
export const butWindows =
  (check: Check): Check =>
  subject =>
    ofWindows(subject) ? undefined : check(subject);

/** Since v1.35. */
export const butUserNamespaces =
  (check: Check): Check =>
  subject =>
    inUserNamespace(subject) ? undefined : check(subject);

export const allowPrivilegeEscalation: Check = subject => {
  const names = containersWhich(subject, c => c.securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  const detail = `${theContainers(names)} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: 'allowPrivilegeEscalation != false', detail };
};

export const dropAllCapabilities: Check = subject => {
  const keep = containersWhich(subject, c => !c.securityContext?.capabilities?.drop?.includes('ALL'));
  const adds = addsCapabilitiesBut(subject, ['NET_BIND_SERVICE']);
  const details = [
    ...(keep.length > 0 ? [`${theContainers(keep)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adds === undefined ? [] : [adds]),
  ];
  return details.length === 0
    ? undefined
    : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const satisfies readonly (keyof Volume)[];

export const volumeTypes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter(volume => !VOLUMES.some(type => volume[type]));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map(({ name: _, ...source }) => Object.keys(source)[0] ?? 'unknown'));
  const volumes = `${plural('volume', 'volumes', bad.length)} ${quoted(bad.map(({ name }) => name))}`;
  const verb = plural('uses', 'use', bad.length);
  const what = plural('restricted volume type', 'restricted volume types', types.length);
  return { reason: 'restricted volume types', detail: `${volumes} ${verb} ${what} ${quoted(types)}` };
};

export const runAsNonRoot: Check = subject => {
  const reason = 'runAsNonRoot != true';
  const setters = settersWhich(subject, c => c.runAsNonRoot === false);
  if (setters !== '') return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  const silent = containersWhich(subject, c => c.securityContext?.runAsNonRoot === undefined);
  if (subject.spec.securityContext?.runAsNonRoot || silent.length === 0) return undefined;
  return { reason, detail: `${podOr(silent)} must set securityContext.runAsNonRoot=true` };
};

export const runAsUser: Check = subject => {
  const setters = settersWhich(subject, c => c.runAsUser === 0);
  return setters === ''
    ? undefined
    : { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` };
};

export const seccompProfileSet: Check = subject => seccompProfile(subject) ?? withoutSeccomp(subject);

function withoutSeccomp(subject: Subject) {
  const silent = containersWhich(subject, c => c.securityContext?.seccompProfile === undefined);
  if (isConfining(subject.spec.securityContext?.seccompProfile?.type) || silent.length === 0)
    return undefined;
  const what = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason: 'seccompProfile', detail: `${podOr(silent)} must set ${what}` };
}

const podOr = (names: readonly string[]) => `pod or ${theContainers(names)}`;
