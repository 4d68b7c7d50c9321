/** Hostname and /etc/hosts of a pod. Pure. */
import { type NodePod, nameOf, namespaceOf } from '../pods/pod.ts';

/** The kernel's limit for a hostname, in bytes. */
const MAX_HOSTNAME = 63;

interface PodNames {
  readonly hostname: string;
  /** Empty unless the pod has a subdomain. */
  readonly domain: string;
}

function podNames(pod: NodePod, clusterDomain: string): PodNames {
  if (pod.spec.hostnameOverride) return { hostname: pod.spec.hostnameOverride, domain: '' };
  const hostname = (pod.spec.hostname ?? nameOf(pod)).slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
  const domain = pod.spec.subdomain ? `${pod.spec.subdomain}.${namespaceOf(pod)}.svc.${clusterDomain}` : '';
  return { hostname, domain };
}

/** What `hostname` says in the pod. */
export function sandboxHostname(pod: NodePod, clusterDomain: string): string {
  const { hostname, domain } = podNames(pod, clusterDomain);
  return pod.spec.setHostnameAsFQDN && domain ? `${hostname}.${domain}` : hostname;
}

/** `hostFile` is the node's own /etc/hosts, for pods on its network. */
export function etcHosts(
  pod: NodePod,
  podIPs: readonly string[],
  clusterDomain: string,
  hostFile: string,
): string {
  const aliases = (pod.spec.hostAliases ?? [])
    .filter(alias => alias.hostnames?.length)
    .map(alias => `${alias.ip}\t${alias.hostnames?.join('\t')}\n`);
  const aliasBlock = aliases.length > 0 ? `\n# Entries added by HostAliases.\n${aliases.join('')}` : '';
  if (pod.spec.hostNetwork) {
    return `# Kubernetes-managed hosts file (host network).\n${hostFile}${aliasBlock}`;
  }
  const { hostname, domain } = podNames(pod, clusterDomain);
  const own = podIPs.map(ip =>
    domain ? `${ip}\t${hostname}.${domain}\t${hostname}\n` : `${ip}\t${hostname}\n`,
  );
  return [
    '# Kubernetes-managed hosts file.\n',
    '127.0.0.1\tlocalhost\n',
    '::1\tlocalhost ip6-localhost ip6-loopback\n',
    'fe00::0\tip6-localnet\n',
    'fe00::0\tip6-mcastprefix\n',
    'fe00::1\tip6-allnodes\n',
    'fe00::2\tip6-allrouters\n',
    ...own,
    aliasBlock,
  ].join('');
}
