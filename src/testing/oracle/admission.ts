/**
 * What upstream's default admission adds to objects, as far as the recordings show it: the offline
 * player has no admission stage of its own. (The server's stage is src/apiserver/admission.)
 */
import { settleAddresses } from '../../api/core/service/addresses.ts';
import { needsClusterIp, needsHealthCheckPort, needsNodePorts } from '../../api/core/service/traits.ts';
import type { KindDefinition } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { invalid } from '../../api/status-error.ts';
import type { CertificateSigningRequest } from '../../generated/certificates-v1.ts';
import type { Node, Pod, Service, Toleration } from '../../generated/core-v1.ts';

/** The first address the recordings were given; scenarios name it ${ip}. */
export const RECORDED_IP = '10.96.0.99';

/** Who made the recordings. */
const REQUESTER = {
  username: 'admin',
  uid: 'u',
  groups: ['system:masters', 'system:authenticated'],
  extra: undefined,
};

const PROTECTION: Readonly<Record<string, string>> = {
  PersistentVolume: 'kubernetes.io/pv-protection',
  PersistentVolumeClaim: 'kubernetes.io/pvc-protection',
  VolumeAttributesClass: 'kubernetes.io/vac-protection',
};

/** @throws StatusError where the allocators refuse */
export function admitLikeUpstream(kind: KindDefinition, object: KubeObject, old?: KubeObject): void {
  if (kind.group === '' && kind.kind === 'Service') allocate(object as Service, old as Service | undefined);
  const protection = old ? undefined : PROTECTION[kind.kind];
  if (protection) object.metadata.finalizers = [...(object.metadata.finalizers ?? []), protection];
  if (kind.kind === 'CertificateSigningRequest' && !old) {
    Object.assign((object as CertificateSigningRequest).spec, REQUESTER);
  }
  if (kind.group === '' && kind.kind === 'Pod') admitPod(object as Pod, old as Pod | undefined);
  if (kind.group === '' && kind.kind === 'Node' && !old) admitNode(object as Node);
}

function admitPod({ spec }: Pod, old: Pod | undefined): void {
  if (!old) {
    spec.serviceAccountName ||= 'default';
    spec.serviceAccount = spec.serviceAccountName;
  }
  spec.priority ??= old?.spec.priority ?? 0;
  spec.preemptionPolicy ??= 'PreemptLowerPriority';
  const tolerations = spec.tolerations ?? [];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    if (tolerations.some(t => tolerates(t, key))) continue;
    tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
  spec.tolerations = tolerations;
}

const tolerates = (t: Toleration, key: string) =>
  (t.key === key || !t.key) && (!t.effect || t.effect === 'NoExecute');

function admitNode({ spec }: Node): void {
  const taints = spec.taints ?? [];
  const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  if (!taints.some(t => t.key === taint.key && t.effect === taint.effect)) taints.push(taint);
  spec.taints = taints;
}

/** The server's allocators, with one address and no ranges. */
function allocate(service: Service, old: Service | undefined): void {
  const errors = settleAddresses(service, old, ['IPv4']);
  if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', errors);
  const { spec } = service;
  if (needsClusterIp(service) && !spec.clusterIP) {
    spec.clusterIP = RECORDED_IP;
    spec.clusterIPs = [RECORDED_IP];
  }
  if (needsNodePorts(service))
    for (const [i, port] of (spec.ports ?? []).entries()) port.nodePort ||= 30_000 + i;
  if (needsHealthCheckPort(service)) spec.healthCheckNodePort ||= 31_000;
}
