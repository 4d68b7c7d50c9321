/**
 * What a pod breaks of the Pod Security Standards at a level, as a version of Kubernetes had them
 * (KEP-2579). v1.36 added nothing, so its newest version is v1.35.
 */
import type { PodSpec } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import * as baseline from './baseline.ts';
import type { LevelVersion } from './policy.ts';
import * as restricted from './restricted.ts';
import { type Check, subjectOf, type Violation } from './subject.ts';

interface Rule {
  readonly id: string;
  /** By the minor version of Kubernetes from which on it is so; increasing. */
  readonly since: readonly (readonly [minor: number, check: Check])[];
  /** The baseline rule that it takes the place of, from its own first version on. */
  readonly insteadOf?: string;
}

const NEWEST = 35;

/** In the order in which violations are told: that of upstream's IDs. */
const BASELINE: readonly Rule[] = [
  { id: 'appArmorProfile', since: [[0, baseline.appArmorProfile]] },
  { id: 'capabilities_baseline', since: [[0, baseline.defaultCapabilities]] },
  { id: 'hostNamespaces', since: [[0, baseline.hostNamespaces]] },
  { id: 'hostPathVolumes', since: [[0, baseline.hostPathVolumes]] },
  { id: 'hostPorts', since: [[0, baseline.hostPorts]] },
  { id: 'hostProbesAndHostLifecycle', since: [[34, baseline.hostsOfProbes]] },
  { id: 'privileged', since: [[0, baseline.privileged]] },
  {
    id: 'procMount',
    since: [
      [0, baseline.procMount],
      [35, baseline.procMountOutsideUserNamespaces],
    ],
  },
  {
    id: 'seLinuxOptions',
    since: [
      [0, baseline.seLinuxOptions],
      [31, baseline.seLinuxOptionsSince31],
    ],
  },
  {
    id: 'seccompProfile_baseline',
    since: [
      [0, baseline.seccompAnnotations],
      [19, baseline.seccompProfile],
    ],
  },
  {
    id: 'sysctls',
    since: [
      [0, baseline.sysctls],
      [27, baseline.sysctlsSince27],
      [29, baseline.sysctlsSince29],
      [32, baseline.sysctlsSince32],
    ],
  },
  { id: 'windowsHostProcess', since: [[0, baseline.windowsHostProcess]] },
];

const { butUserNamespaces, butWindows } = restricted;

const RESTRICTED: readonly Rule[] = [
  {
    id: 'allowPrivilegeEscalation',
    since: [
      [8, restricted.allowPrivilegeEscalation],
      [25, butWindows(restricted.allowPrivilegeEscalation)],
    ],
  },
  {
    id: 'capabilities_restricted',
    insteadOf: 'capabilities_baseline',
    since: [
      [22, restricted.dropAllCapabilities],
      [25, butWindows(restricted.dropAllCapabilities)],
    ],
  },
  { id: 'procMount_restricted', insteadOf: 'procMount', since: [[35, baseline.procMount]] },
  { id: 'restrictedVolumes', insteadOf: 'hostPathVolumes', since: [[0, restricted.volumeTypes]] },
  {
    id: 'runAsNonRoot',
    since: [
      [0, restricted.runAsNonRoot],
      [35, butUserNamespaces(restricted.runAsNonRoot)],
    ],
  },
  {
    id: 'runAsUser',
    since: [
      [23, restricted.runAsUser],
      [35, butUserNamespaces(restricted.runAsUser)],
    ],
  },
  {
    id: 'seccompProfile_restricted',
    insteadOf: 'seccompProfile_baseline',
    since: [
      [19, restricted.seccompProfileSet],
      [25, butWindows(restricted.seccompProfileSet)],
    ],
  },
];

/** Empty when the pod, or the pods of the template, may be. */
export function violationsOf(
  pod: { metadata?: ObjectMeta; spec: PodSpec },
  { level, version }: LevelVersion,
): Violation[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? NEWEST : Math.min(version, NEWEST);
  const subject = subjectOf(pod);
  return rulesOf(level === 'restricted', minor).flatMap(rule => checkAt(rule, minor)?.(subject) ?? []);
}

function rulesOf(strict: boolean, minor: number): readonly Rule[] {
  if (!strict) return BASELINE;
  const added = RESTRICTED.filter(rule => checkAt(rule, minor));
  const replaced = added.map(({ insteadOf }) => insteadOf);
  return [...BASELINE.filter(({ id }) => !replaced.includes(id)), ...added];
}

const checkAt = ({ since }: Rule, minor: number): Check | undefined =>
  since.findLast(([first]) => first <= minor)?.[1];

/** For one pod: what, and who breaks it how. */
export const toldInDetail = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');

/** For many pods: only what. */
export const toldInShort = (violations: readonly Violation[]): string =>
  violations.map(({ reason }) => reason).join(', ');
