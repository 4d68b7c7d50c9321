/** serviceaccounts/token: a token for an account (TokenRequest), bound to a pod where it asks so. */
import { type FieldError, invalidValue } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { badRequest, conflict, invalid, notFound } from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { TokenRequest } from '../../generated/authentication-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { BoundObject, TokenIssuer } from '../authn/service-account-tokens.ts';
import { decodeObject } from '../codec/decode.ts';
import { encodeValue, negotiateObject } from '../codec/respond.ts';
import type { ServerCore, Target } from '../core.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { ApiResponse } from '../request.ts';
import { writeOptions } from '../verbs/write-options.ts';
import type { Subresource } from './subresource.ts';

const KIND = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
} as const;
const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

export function tokenSubresource(issuer: TokenIssuer): Subresource {
  return {
    kind: KIND.kind,
    group: KIND.group,
    version: KIND.version,
    create: (core, target, body) => requestToken(core, issuer, target, body as TokenRequest),
    verbs: { create: exchange => post(exchange, issuer) },
  };
}

async function post(exchange: ResourceExchange, issuer: TokenIssuer): Promise<ApiResponse> {
  const form = negotiateObject(exchange);
  const options = writeOptions(exchange, 'CreateOptions');
  const { target, core } = exchange;
  const request = (await decodeObject(exchange, KIND)) as TokenRequest;
  const { name = '', namespace = '' } = request.metadata ?? {};
  if (name !== '' && name !== target.name)
    throw badRequest(
      `metadata.name: Invalid value: ${JSON.stringify(name)}: must match the service account name if specified`,
    );
  if (namespace !== '' && namespace !== target.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  const answer = await requestToken(core, issuer, target, request, options.dryRun);
  return encodeValue(exchange, 201, answer, form);
}

async function requestToken(
  core: ServerCore,
  issuer: TokenIssuer,
  target: Target,
  request: TokenRequest,
  dryRun = false,
): Promise<KubeObject> {
  const { resource, namespace, name } = target;
  const account = core.cache.get(resource.key(namespace, name))?.object;
  if (!account) throw notFound(resource.named, name);
  const spec = request.spec ?? { audiences: [] };
  const expirationSeconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  const wrong = expirationErrors(expirationSeconds);
  if (wrong.length > 0) throw invalid(KIND, '', wrong);
  const audiences = spec.audiences?.length ? spec.audiences : [issuer.audience];
  const { bound, node } = boundTo(core, target, spec.boundObjectRef);
  const expires = core.clock.now() + expirationSeconds * 1000;
  const claims = { namespace, account: { name, uid: account.metadata.uid ?? '' }, bound, node };
  const token = dryRun ? '' : await issuer.issue(claims, audiences, expirationSeconds);
  return {
    kind: KIND.kind,
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: rfc3339(core.clock.now()) },
    spec: { ...spec, audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: rfc3339(expires) },
  } as KubeObject;
}

function expirationErrors(seconds: number): FieldError[] {
  const field = 'spec.expirationSeconds';
  if (seconds < MIN_SECONDS)
    return [invalidValue(field, seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > MAX_SECONDS)
    return [invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}

interface Bound {
  readonly bound?: BoundObject;
  readonly node?: { readonly name: string; readonly uid: string };
}

function boundTo(
  core: ServerCore,
  { namespace, name }: Target,
  ref: { kind?: string | undefined; name?: string | undefined; uid?: string | undefined } | undefined,
): Bound {
  if (!ref?.kind) return {};
  const plural = ref.kind === 'Pod' ? 'pods' : ref.kind === 'Secret' ? 'secrets' : undefined;
  if (!plural) throw badRequest(`cannot bind token to object of type /v1, Kind=${ref.kind}`);
  const boundName = ref.name ?? '';
  const resource = core.resources.lookup('', 'v1', plural);
  const object = resource && core.cache.get(resource.key(namespace, boundName))?.object;
  if (!object) throw notFound({ group: '', resource: plural }, boundName);
  const uid = object.metadata.uid ?? '';
  if (ref.uid && ref.uid !== uid)
    throw conflict(
      { group: '', resource: plural },
      boundName,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  const bound = { kind: ref.kind, name: boundName, uid };
  if (ref.kind !== 'Pod') return { bound };
  const { serviceAccountName, nodeName } = (object as Pod).spec;
  if (serviceAccountName !== name)
    throw badRequest(
      `cannot bind token for serviceaccount "${name}" to pod running with different serviceaccount name.`,
    );
  const nodes = core.resources.lookup('', 'v1', 'nodes');
  const node = nodeName && nodes ? core.cache.get(nodes.key('', nodeName))?.object : undefined;
  return node ? { bound, node: { name: nodeName ?? '', uid: node.metadata.uid ?? '' } } : { bound };
}
