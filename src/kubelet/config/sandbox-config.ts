/** What the runtime is asked to make of a pod's sandbox. Pure. */
import type { PodSandboxConfig, PortMapping } from '../cri/contract.ts';
import { POD_NAME, POD_NAMESPACE, POD_UID } from '../pods/labels.ts';
import { type NodePod, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { type DnsFacts, podDns } from './dns.ts';
import { sandboxHostname } from './hosts.ts';
import { sandboxSecurity } from './security.ts';

export interface SandboxFacts {
  readonly attempt: number;
  readonly logDirectory: string;
  readonly cgroupParent: string;
  readonly dns: DnsFacts;
}

/** What the runtime is asked for to make the pod's sandbox. */
export function sandboxConfig(pod: NodePod, facts: SandboxFacts): PodSandboxConfig {
  return {
    metadata: {
      name: nameOf(pod),
      namespace: namespaceOf(pod),
      uid: uidOf(pod),
      attempt: facts.attempt,
    },
    hostname: pod.spec.hostNetwork ? '' : sandboxHostname(pod, facts.dns.clusterDomain),
    logDirectory: facts.logDirectory,
    dnsConfig: podDns(pod, facts.dns),
    portMappings: portMappings(pod),
    labels: {
      ...pod.metadata.labels,
      [POD_NAME]: nameOf(pod),
      [POD_NAMESPACE]: namespaceOf(pod),
      [POD_UID]: uidOf(pod),
    },
    annotations: { ...pod.metadata.annotations },
    linux: {
      cgroupParent: facts.cgroupParent,
      securityContext: sandboxSecurity(pod),
      sysctls: Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map(s => [s.name, s.value])),
    },
  };
}

function portMappings(pod: NodePod): PortMapping[] {
  if (pod.spec.hostNetwork) return [];
  const holders = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return holders.flatMap(container =>
    (container.ports ?? [])
      .filter(port => port.hostPort)
      .map(port => ({
        protocol: (port.protocol ?? 'TCP') as PortMapping['protocol'],
        containerPort: port.containerPort,
        hostPort: port.hostPort ?? 0,
        hostIp: port.hostIP ?? '',
      })),
  );
}
