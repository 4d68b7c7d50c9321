/**
 * Who may ask the kubelet what: the right is the API's own, on subresources of the node (Kubernetes
 * docs, "Kubelet authentication/authorization"; KEP-2862 for the fine-grained ones). A path that has
 * a finer right is open to whoever has that or nodes/proxy.
 */

export interface KubeletUser {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Of the API server: the kubelet decides nothing about people by itself. */
export interface KubeletAccess {
  /** Whose bearer token that is; undefined: nobody's. */
  authenticateToken(token: string): Promise<KubeletUser | undefined>;
  authorize(user: KubeletUser, right: KubeletRight): Promise<boolean>;
}

export interface KubeletRight {
  readonly verb: string;
  /** Of nodes, in the core group. */
  readonly subresource: string;
  readonly nodeName: string;
}

const VERBS: Readonly<Record<string, string>> = {
  DELETE: 'delete',
  GET: 'get',
  HEAD: 'get',
  PATCH: 'patch',
  POST: 'create',
  PUT: 'update',
};

const COARSE: readonly (readonly [path: string, subresource: string])[] = [
  ['/stats', 'stats'],
  ['/metrics', 'metrics'],
  ['/logs', 'log'],
];
const FINE: readonly (readonly [path: string, subresource: string])[] = [
  ['/pods', 'pods'],
  ['/runningpods', 'pods'],
  ['/healthz', 'healthz'],
  ['/configz', 'configz'],
];

/** Any one of them suffices. */
export function rightsFor(method: string, path: string, nodeName: string): KubeletRight[] {
  const under = ([root]: readonly [string, string]) => path === root || path.startsWith(`${root}/`);
  const verb = VERBS[method] ?? '';
  const coarse = COARSE.find(under)?.[1];
  const fine = FINE.find(under)?.[1];
  const subresources = coarse ? [coarse] : fine ? [fine, 'proxy'] : ['proxy'];
  return subresources.map(subresource => ({ verb, subresource, nodeName }));
}

/** As upstream words a refusal. */
export function refusalText(user: KubeletUser, rights: readonly KubeletRight[]): string {
  const last = rights.at(-1);
  return `Forbidden (user=${user.name}, verb=${last?.verb}, resource=nodes, subresource(s)=[${rights.map(r => r.subresource).join(' ')}])\n`;
}
