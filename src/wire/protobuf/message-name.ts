/** From a kind to the name of its message. */
import { messageNamed } from './messages.ts';

const known = new Map<string, string | undefined>();
/** Names come from clients too: a hostile one must not fill the memory. */
const KNOWN_LIMIT = 2048;

/** k8s.io.api.core.v1.Pod for v1 Pod; undefined: the kind has no protobuf form. */
export function messageNameOf(apiVersion: string, kind: string): string | undefined {
  const key = `${apiVersion} ${kind}`;
  if (known.has(key)) return known.get(key);
  const name = [inGroup(apiVersion, kind), `k8s.io.apimachinery.pkg.apis.meta.v1.${kind}`].find(messageNamed);
  if (known.size < KNOWN_LIMIT) known.set(key, name);
  return name;
}

function inGroup(apiVersion: string, kind: string): string {
  const [first = '', second] = apiVersion.split('/');
  const [group, version] = second === undefined ? ['core', first] : [first, second];
  switch (group) {
    case 'apiextensions.k8s.io':
      return `k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.${version}.${kind}`;
    case 'apiregistration.k8s.io':
      return `k8s.io.kube_aggregator.pkg.apis.apiregistration.${version}.${kind}`;
    case 'internal.apiserver.k8s.io':
      return `k8s.io.api.apiserverinternal.${version}.${kind}`;
    default:
      return `k8s.io.api.${group.split('.')[0]}.${version}.${kind}`;
  }
}
