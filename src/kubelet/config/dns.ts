/** The resolver configuration of a pod, by dnsPolicy and dnsConfig. Pure. */
import type { DnsConfig } from '../cri/contract.ts';
import { type NodePod, namespaceOf } from '../pods/pod.ts';

export interface DnsFacts {
  /** Addresses of the cluster's DNS; none: pods get the host's. */
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  readonly host: DnsConfig;
}

/** glibc takes no more; API reference: PodDNSConfig. */
const MAX_SERVERS = 3;
const MAX_SEARCHES = 32;

/** What the pod's resolv.conf has: by dnsPolicy, then dnsConfig on top, within upstream's limits. */
export function podDns(pod: NodePod, facts: DnsFacts): DnsConfig {
  const base = byPolicy(pod, facts);
  const own = pod.spec.dnsConfig;
  const options = new Map(base.options.map(option => [option.split(':')[0], option]));
  for (const { name = '', value } of own?.options ?? []) options.set(name, value ? `${name}:${value}` : name);
  return {
    servers: unique([...base.servers, ...(own?.nameservers ?? [])]).slice(0, MAX_SERVERS),
    searches: unique([...base.searches, ...(own?.searches ?? [])]).slice(0, MAX_SEARCHES),
    options: [...options.values()],
  };
}

function byPolicy(pod: NodePod, { clusterDNS, clusterDomain, host }: DnsFacts): DnsConfig {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const cluster =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec.hostNetwork);
  if (!cluster || clusterDNS.length === 0) return host;
  const searches = [`${namespaceOf(pod)}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { servers: clusterDNS, searches: [...searches, ...host.searches], options: ['ndots:5'] };
}

const unique = (list: readonly string[]) => [...new Set(list)];

/** As glibc reads it: the last `search` or `domain` counts, options add up. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...rest] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && rest[0]) servers.push(rest[0]);
    else if (keyword === 'search' || keyword === 'domain') searches = rest.filter(name => name !== '.');
    else if (keyword === 'options') options = [...options, ...rest];
  }
  return { servers, searches, options };
}
