/**
 * Which sysctls a pod may set: those that touch nobody but the pod, since the kernel keeps them in
 * the pod's own IPC or network namespace ("Using sysctls in a Kubernetes Cluster": the safe set). A
 * pod that wants another is rejected by the node. Pure.
 */
import type { NodePod } from './pod.ts';

const SAFE: Readonly<Record<string, 'ipc' | 'net'>> = {
  'kernel.shm_rmid_forced': 'ipc',
  'net.ipv4.ip_local_port_range': 'net',
  'net.ipv4.ip_local_reserved_ports': 'net',
  'net.ipv4.ip_unprivileged_port_start': 'net',
  'net.ipv4.ping_group_range': 'net',
  'net.ipv4.tcp_fin_timeout': 'net',
  'net.ipv4.tcp_keepalive_intvl': 'net',
  'net.ipv4.tcp_keepalive_probes': 'net',
  'net.ipv4.tcp_keepalive_time': 'net',
  'net.ipv4.tcp_rmem': 'net',
  'net.ipv4.tcp_syncookies': 'net',
  'net.ipv4.tcp_wmem': 'net',
};

/** What is wrong with the first sysctl that is not allowed, in upstream's words; undefined: nothing. */
export function forbiddenSysctl({ spec }: NodePod): string | undefined {
  const { hostIPC = false, hostNetwork = false, securityContext } = spec;
  for (const { name } of securityContext?.sysctls ?? []) {
    const dotted = withDots(name);
    const namespace = Object.hasOwn(SAFE, dotted) ? SAFE[dotted] : undefined;
    if (!namespace) return `"${dotted}" not allowlisted`;
    if (namespace === 'ipc' ? hostIPC : hostNetwork) {
      return `"${dotted}" not allowed with host ${namespace} enabled`;
    }
  }
  return undefined;
}

/** sysctl(8): whichever of "." and "/" comes first separates, and the other is part of a word. */
function withDots(name: string): string {
  if (/[./]/.exec(name)?.[0] !== '/') return name;
  return name.replace(/[./]/g, separator => (separator === '/' ? '.' : '/'));
}
