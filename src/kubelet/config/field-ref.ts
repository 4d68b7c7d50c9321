/** Downward API: fields of the pod and resources of its containers, as text (env and files). */
import { goQuote } from '../../api/go-quote.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../../api/quantity.ts';
import type { Container, ResourceFieldSelector } from '../../generated/core-v1.ts';
import { type NodePod, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { configError } from './error.ts';

export interface DownwardFacts {
  readonly nodeIPs: readonly string[];
  readonly podIPs: readonly string[];
  /** What an unset limit means. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** @throws StartFailure for a path the downward API does not have. */
export function fieldValue(pod: NodePod, path: string, facts: DownwardFacts): string {
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return nameOf(pod);
    case 'metadata.namespace':
      return namespaceOf(pod);
    case 'metadata.uid':
      return uidOf(pod);
    case 'metadata.labels':
      return formatMap(pod.metadata.labels ?? {});
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations ?? {});
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return facts.nodeIPs[0] ?? '';
    case 'status.hostIPs':
      return facts.nodeIPs.join(',');
    case 'status.podIP':
      return facts.podIPs[0] ?? '';
    case 'status.podIPs':
      return facts.podIPs.join(',');
    default:
      throw configError(`unsupported fieldPath: ${path}`);
  }
}

/** One key="value" a line, by key; the value quoted as Go's %q. */
function formatMap(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .sort()
    .map(key => `${key}=${goQuote(map[key] ?? '')}`)
    .join('\n');
}

/** @throws StartFailure when the container or resource is not there. */
export function resourceValue(
  pod: NodePod,
  selector: ResourceFieldSelector,
  self: Container | undefined,
  allocatable: Readonly<Record<string, string>>,
): string {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const container = selector.containerName ? all.find(c => c.name === selector.containerName) : self;
  if (!container) throw configError(`container ${selector.containerName ?? ''} not found`);
  const [field, ...rest] = selector.resource.split('.');
  const name = rest.join('.');
  if ((field !== 'limits' && field !== 'requests') || !name) {
    throw configError(`unsupported container resource: ${selector.resource}`);
  }
  const fallback = field === 'limits' ? allocatable[name] : undefined;
  const quantity = container.resources?.[field]?.[name] ?? fallback ?? '0';
  const divisor = selector.divisor && selector.divisor !== '0' ? selector.divisor : '1';
  if (name === 'cpu') return divideUp(quantityMilliValue(quantity), quantityMilliValue(divisor));
  return divideUp(quantityValue(parseQuantity(quantity)), quantityValue(divisor));
}

const divideUp = (a: bigint, b: bigint) => (b === 0n ? '0' : String((a + b - 1n) / b));
