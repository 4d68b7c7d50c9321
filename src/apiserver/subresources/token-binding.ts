/** The object that a requested token is bound to: with it the token ends (KEP-1205, KEP-4193). */
import type { KubeObject } from '../../api/object.ts';
import { badRequest, conflict, notFound } from '../../api/status-error.ts';
import type { TokenRequest } from '../../generated/authentication-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { BoundNode, BoundObject } from '../authn/service-account-tokens.ts';
import type { ServerCore, Target } from '../core.ts';

interface Binding {
  readonly bound?: BoundObject;
  /** Of a pod: the node it runs on, known to the bearer but not what the token depends on. */
  readonly node?: BoundNode;
}

const RESOURCES: Readonly<Record<string, string>> = { Pod: 'pods', Node: 'nodes', Secret: 'secrets' };

/** @throws StatusError 400 for a kind that cannot be bound to; 404; 409 when the UID is another's */
export function tokenBinding(
  core: ServerCore,
  { namespace, name }: Target,
  ref: TokenRequest['spec']['boundObjectRef'],
): Binding {
  if (!ref) return {};
  const { kind = '', apiVersion = '', uid: wanted = '' } = ref;
  const plural = apiVersion.includes('/') ? undefined : RESOURCES[kind];
  if (!plural) {
    const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
    throw badRequest(`cannot bind token to object of type ${groupVersion}, Kind=${kind}`);
  }
  const boundName = ref.name ?? '';
  if (boundName === '') throw badRequest('Name parameter required.');
  const object = read(core, plural, plural === 'nodes' ? '' : namespace, boundName);
  if (!object) throw notFound({ group: '', resource: plural }, boundName);
  const { serviceAccountName, nodeName = '' } = (object as Partial<Pod>).spec ?? {};
  if (kind === 'Pod' && serviceAccountName !== name)
    throw badRequest(
      `cannot bind token for serviceaccount "${name}" to pod running with different serviceaccount name.`,
    );
  const uid = object.metadata.uid ?? '';
  if (wanted !== '' && wanted !== uid)
    throw conflict(
      { group: '', resource: kind },
      boundName,
      `the UID in the bound object reference (${wanted}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  const bound = { kind, name: boundName, uid };
  if (kind !== 'Pod' || nodeName === '') return { bound };
  const nodeUid = read(core, 'nodes', '', nodeName)?.metadata.uid;
  return { bound, node: { name: nodeName, ...(nodeUid === undefined ? {} : { uid: nodeUid }) } };
}

function read(core: ServerCore, plural: string, namespace: string, name: string): KubeObject | undefined {
  const resource = core.resources.lookup('', 'v1', plural);
  return resource && core.cache.get(resource.key(namespace, name))?.object;
}
