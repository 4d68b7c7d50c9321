/**
 * Whether the node takes a pod that was bound to it: its sysctls and AppArmor profiles are the node's to
 * judge, and for the rest the same counts as for the scheduler, which a pod with spec.nodeName set by
 * hand has not passed. Of several refusals the first is told, in upstream's order. Pure.
 */
import { matchesNodeTerms } from '../../api/core/node/selector-terms.ts';
import { isTolerated } from '../../api/core/node/tolerations.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  subtractQuantities,
} from '../../api/quantity.ts';
import type { Taint } from '../../generated/core-v1.ts';
import { podRequests } from '../cgroups/pod-resources.ts';
import { isSidecar, isTerminalPhase, type NodePod } from './pod.ts';
import { forbiddenSysctl } from './sysctls.ts';

export interface AdmissionInput {
  readonly pod: NodePod;
  /** Pods the node already has, this one left out. */
  readonly others: readonly NodePod[];
  readonly allocatable: Readonly<Record<string, string>>;
  readonly node: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly Taint[];
  };
  /** Whether the kernel enforces AppArmor profiles. */
  readonly appArmor: boolean;
}

/** For the event; the status adds "Pod was rejected: ". */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** Undefined: welcome. */
export function admit(input: AdmissionInput): Rejection | undefined {
  const { pod, appArmor } = input;
  const sysctl = forbiddenSysctl(pod);
  if (sysctl) return { reason: 'SysctlForbidden', message: `forbidden sysctl: ${sysctl}` };
  if (!appArmor && asksForAppArmor(pod)) {
    return { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' };
  }
  return lacking(input) ?? misplaced(input);
}

function asksForAppArmor({ spec }: NodePod): boolean {
  const shared = spec.securityContext?.appArmorProfile;
  return [...(spec.initContainers ?? []), ...spec.containers].some(({ securityContext }) => {
    const profile = securityContext?.appArmorProfile ?? shared;
    return profile !== undefined && profile.type !== 'Unconfined';
  });
}

/** In the order upstream looks at them; what is not here comes after, by name. */
const ORDER = ['cpu', 'memory', 'ephemeral-storage'];

/** What the node has not enough of. */
export function lacking({
  pod,
  others,
  allocatable,
}: Pick<AdmissionInput, 'pod' | 'others' | 'allocatable'>): Rejection | undefined {
  const active = others.filter(other => !isTerminalPhase(other.status?.phase));
  const maxPods = allocatable['pods'];
  if (maxPods !== undefined && BigInt(active.length + 1) > quantityValue(maxPods)) {
    return insufficient('pods', '1', String(active.length), maxPods);
  }
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const requests = Object.entries(podRequests(pod) ?? {}).sort(([a], [b]) => place(a) - place(b));
  for (const [name, wanted] of requests) {
    // An extended resource the node does not know is the cluster's to count, not the node's.
    if (name.includes('/') && !(name in allocatable)) continue;
    if (quantityMilliValue(wanted) === 0n) continue;
    const capacity = allocatable[name] ?? '0';
    const used = active
      .map(other => podRequests(other)?.[name])
      .reduce((sum, q) => (q === undefined ? sum : addQuantities(sum, q)), parseQuantity('0'));
    if (compareQuantities(wanted, subtractQuantities(capacity, used)) > 0) {
      return insufficient(name, wanted, formatQuantity(used), capacity);
    }
  }
  return undefined;
}

/** cpu is counted in thousandths, all else in units. */
function insufficient(name: string, requested: string, used: string, capacity: string): Rejection {
  const count = (quantity: string) =>
    name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity);
  return {
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${count(requested)}, used: ${count(used)}, capacity: ${count(capacity)}`,
  };
}

function misplaced({ pod, others, node }: AdmissionInput): Rejection | undefined {
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(
    ([key, value]) => node.labels[key] === value,
  );
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!selected || (terms && !matchesNodeTerms(terms, node))) {
    return predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  }
  const wanted = hostPorts(pod);
  const taken = others.filter(other => !isTerminalPhase(other.status?.phase)).flatMap(hostPorts);
  if (wanted.some(port => taken.some(other => clash(port, other)))) {
    return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  }
  const untolerated = node.taints.some(
    taint => taint.effect === 'NoExecute' && !isTolerated(taint, pod.spec.tolerations ?? []),
  );
  if (untolerated) return predicate('TaintToleration', "node(s) had taints that the pod didn't tolerate");
  return undefined;
}

const predicate = (name: string, why: string): Rejection => ({
  reason: name,
  message: `Predicate ${name} failed: ${why}`,
});

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** Containers and sidecars hold their ports as long as the pod lives. */
function hostPorts({ spec }: NodePod): readonly HostPort[] {
  return [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort = 0, hostIP, protocol = 'TCP' }) =>
      hostPort > 0 ? [{ ip: hostIP || '0.0.0.0', protocol, port: hostPort }] : [],
    ),
  );
}

const clash = (a: HostPort, b: HostPort) =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');
