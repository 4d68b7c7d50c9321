/**
 * What upstream's default admission adds to objects, as far as the recordings show it: the offline
 * player has no admission stage of its own. (The server's stage is src/apiserver/admission.)
 */
import type { KindDefinition } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import type { Node, Pod, Toleration } from '../generated/core-v1.ts';

export function admitLikeUpstream(kind: KindDefinition, object: KubeObject): void {
  if (kind.group === '' && kind.kind === 'Pod') admitPod(object as Pod);
  if (kind.group === '' && kind.kind === 'Node') admitNode(object as Node);
}

function admitPod({ spec }: Pod): void {
  spec.serviceAccountName ||= 'default';
  spec.serviceAccount = spec.serviceAccountName;
  spec.priority ??= 0;
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
