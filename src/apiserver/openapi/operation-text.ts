/** What an operation does, in upstream's words, which follow from its action and path. Pure. */
import type { Operation } from './sources.ts';

const DEPRECATED_LIST = "deprecated: use the 'watch' parameter with a list operation instead";

export interface OperationContext {
  /** The kind of the object that a subresource's path leads through; undefined: there is none. */
  readonly parent: string | undefined;
  readonly watchable: boolean;
}

/** Undefined: nothing is said. */
export function operationText(
  method: string,
  path: string,
  { action, gvk }: Operation,
  { parent, watchable }: OperationContext,
): string | undefined {
  if (!gvk) return discoveryText(path);
  const { kind } = gvk;
  const subresource = subresourceOf(path);
  const owner = parent ?? kind;
  const ofSpecified =
    subresource === undefined ? `the specified ${kind}` : `${subresource} of the specified ${owner}`;
  switch (action) {
    case 'get':
      return `read ${ofSpecified}`;
    case 'list':
      return watchable ? `list or watch objects of kind ${kind}` : `list objects of kind ${kind}`;
    case 'post':
      return subresource === undefined
        ? `create ${withArticle(kind)}`
        : `create ${subresource} of ${withArticle(owner)}`;
    case 'put':
      return `replace ${ofSpecified}`;
    case 'patch':
      return `partially update ${ofSpecified}`;
    case 'delete':
      return `delete ${withArticle(kind)}`;
    case 'deletecollection':
      return `delete collection of ${kind}`;
    case 'watch':
      return `watch changes to an object of kind ${kind}. ${DEPRECATED_LIST}, filtered to a single item with the 'fieldSelector' parameter.`;
    case 'watchlist':
      return `watch individual changes to a list of ${kind}. ${DEPRECATED_LIST}.`;
    case 'connect':
      return `connect ${method} requests to ${subresource} of ${owner}`;
    default:
      return undefined;
  }
}

/** /api/v1/namespaces/{namespace}/pods/{name}/log: 'log'. Undefined: the path is that of the object or its list. */
export function subresourceOf(path: string): string | undefined {
  return /\/\{name\}\/([a-z]+)/.exec(path)?.[1];
}

/** As Go's generated clients have it: plural nouns have none. */
function withArticle(noun: string): string {
  if (noun.endsWith('s') && !noun.endsWith('ss')) return noun;
  return /^[AEIOU]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

function discoveryText(path: string): string | undefined {
  const [root, ...rest] = path.split('/').filter(Boolean);
  if (root === 'version') return 'get the version information for this server';
  if (root === '.well-known')
    return "get service account issuer OpenID configuration, also known as the 'OIDC discovery doc'";
  if (root === 'openid')
    return 'get service account issuer OpenID JSON Web Key Set (contains public token verification keys)';
  if (rest.length === 0) return 'get available API versions';
  return root === 'apis' && rest.length === 1 ? 'get information of a group' : 'get available resources';
}
