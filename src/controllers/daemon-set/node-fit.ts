/**
 * Whether a daemon pod belongs on a node: by name, node selector, required node affinity and
 * taints. Resources do not count here; the scheduler looks at them when it binds the pod. Pure.
 */
import { matchesNodeTerms } from '../../api/core/node/selector-terms.ts';
import { isTolerated } from '../../api/core/node/tolerations.ts';
import type { Node, PodSpec, Toleration } from '../../generated/core-v1.ts';

export interface NodeFit {
  /** A pod should be there. */
  readonly run: boolean;
  /** A pod that is there may stay. */
  readonly keep: boolean;
}

/** What every daemon pod tolerates: it looks after nodes, healthy or not. */
export function daemonTolerations(spec: PodSpec): readonly Toleration[] {
  const exists = (name: string, effect: string): Toleration => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect,
  });
  return [
    exists('not-ready', 'NoExecute'),
    exists('unreachable', 'NoExecute'),
    exists('disk-pressure', 'NoSchedule'),
    exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'),
    exists('unschedulable', 'NoSchedule'),
    ...(spec.hostNetwork ? [exists('network-unavailable', 'NoSchedule')] : []),
  ];
}

export function nodeFit(spec: PodSpec, node: Node): NodeFit {
  const { name = '' } = node.metadata;
  if ((spec.nodeName && spec.nodeName !== name) || !matchesAffinity(spec, node)) {
    return { run: false, keep: false };
  }
  const tolerations = [...(spec.tolerations ?? []), ...daemonTolerations(spec)];
  const untolerated = (node.spec.taints ?? []).filter(taint => !isTolerated(taint, tolerations));
  return {
    run: untolerated.every(({ effect }) => effect !== 'NoSchedule' && effect !== 'NoExecute'),
    keep: untolerated.every(({ effect }) => effect !== 'NoExecute'),
  };
}

function matchesAffinity(spec: PodSpec, node: Node): boolean {
  const { name = '', labels = {} } = node.metadata;
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return selected && (terms === undefined || matchesNodeTerms(terms, { name, labels }));
}
