/** Security contexts of a pod and its containers in CRI's form. Pure. */
import { join } from 'node:path';
import type { Container, SeccompProfile } from '../../generated/core-v1.ts';
import type {
  ContainerSecurityContext,
  Image,
  NamespaceOption,
  SandboxSecurityContext,
  SecurityProfile,
} from '../cri/contract.ts';
import { formatPod, type NodePod } from '../pods/pod.ts';
import { configError } from './error.ts';

/** What every container is kept from seeing, unless procMount is Unmasked (upstream's lists). */
const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

function namespaceOptions(pod: NodePod): NamespaceOption {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  return {
    network: hostNetwork ? 'NODE' : 'POD',
    ipc: hostIPC ? 'NODE' : 'POD',
    pid: hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER',
  };
}

/** Of the infra container. It is privileged when a container is: the runtime refuses otherwise. */
export function sandboxSecurity(pod: NodePod): SandboxSecurityContext {
  const context = pod.spec.securityContext ?? {};
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return {
    namespaceOptions: namespaceOptions(pod),
    ...identity(context.runAsUser, context.runAsGroup),
    readonlyRootfs: false,
    supplementalGroups: supplementalGroups(pod),
    privileged: all.some(c => c.securityContext?.privileged),
    seccomp: { profileType: 'RuntimeDefault' },
  };
}

interface SecurityFacts {
  /** Id of the container whose process namespace it joins. */
  readonly targetId?: string | undefined;
  /** The folder of the node's own seccomp profiles. */
  readonly seccompRoot?: string | undefined;
}

/** @throws StartFailure when runAsNonRoot cannot be kept. */
export function containerSecurity(
  pod: NodePod,
  container: Container,
  image: Image,
  { targetId, seccompRoot = '' }: SecurityFacts = {},
): ContainerSecurityContext {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  verifyNonRoot(pod, container, runAsUser, image);
  const unmasked = own.procMount === 'Unmasked';
  const apparmor = own.appArmorProfile ?? shared.appArmorProfile;
  return {
    namespaceOptions: { ...namespaceOptions(pod), ...(targetId ? { pid: 'TARGET', targetId } : {}) },
    ...identity(runAsUser, own.runAsGroup ?? shared.runAsGroup, image),
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    supplementalGroups: supplementalGroups(pod),
    privileged: own.privileged ?? false,
    capabilities: {
      addCapabilities: own.capabilities?.add ?? [],
      dropCapabilities: own.capabilities?.drop ?? [],
    },
    noNewPrivs: own.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : MASKED_PATHS,
    readonlyPaths: unmasked ? [] : READONLY_PATHS,
    seccomp: profile(own.privileged ? undefined : (own.seccompProfile ?? shared.seccompProfile), seccompRoot),
    ...(apparmor ? { apparmor: profile(apparmor) } : {}),
  };
}

/** A group needs a user beside it in CRI: the image's, when the spec has none. */
function identity(user: number | undefined, group: number | undefined, image?: Image) {
  const uid = user ?? (group === undefined ? undefined : (image?.uid ?? (image?.username ? undefined : 0)));
  const byName = uid === undefined && group !== undefined && image?.username;
  return {
    ...(uid === undefined ? {} : { runAsUser: { value: uid } }),
    ...(byName ? { runAsUsername: image.username } : {}),
    ...(group === undefined ? {} : { runAsGroup: { value: group } }),
  };
}

function supplementalGroups(pod: NodePod): number[] {
  const { fsGroup, supplementalGroups: groups = [] } = pod.spec.securityContext ?? {};
  return fsGroup === undefined ? [...groups] : [...groups, fsGroup];
}

/** Unconfined is what Kubernetes has always meant by "not set". */
function profile(spec: SeccompProfile | undefined, root = ''): SecurityProfile {
  if (spec?.type === 'RuntimeDefault') return { profileType: 'RuntimeDefault' };
  if (spec?.type !== 'Localhost') return { profileType: 'Unconfined' };
  return { profileType: 'Localhost', localhostRef: join(root, spec.localhostProfile ?? '') };
}

function verifyNonRoot(
  pod: NodePod,
  container: Container,
  runAsUser: number | undefined,
  image: Image,
): void {
  const own = container.securityContext?.runAsNonRoot;
  if (!(own ?? pod.spec.securityContext?.runAsNonRoot)) return;
  const where = `(pod: "${formatPod(pod)}", container: ${container.name})`;
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw configError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image.uid === undefined && image.username) {
    throw configError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    );
  }
  if ((image.uid ?? 0) === 0) {
    throw configError(`container has runAsNonRoot and image will run as root ${where}`);
  }
}
