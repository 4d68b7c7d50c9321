/** serviceaccounts/token: a token for an account (TokenRequest), bound to a pod, node or secret where it asks so. */

import { type FieldError, invalidValue } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { conflict, invalid, notFound } from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { TokenRequest } from '../../generated/authentication-v1.ts';
import { admitToSubresource } from '../admission/subresource.ts';
import { trackUpdate } from '../apply/field-manager.ts';
import { writerOfAnswers } from '../apply/writer.ts';
import type { TokenIssuer } from '../authn/service-account-tokens.ts';
import { decodeObject } from '../codec/decode.ts';
import { encodeValue, negotiateObject } from '../codec/respond.ts';
import type { ServerCore, Target } from '../core.ts';
import type { ResourceExchange } from '../exchange.ts';
import { settleNamespace } from '../operations/system-metadata.ts';
import type { ApiResponse } from '../request.ts';
import { writeOptions } from '../verbs/write-options.ts';
import type { Subresource } from './subresource.ts';
import { tokenBinding } from './token-binding.ts';

const KIND = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
} as const;
const API_VERSION = `${KIND.group}/${KIND.version}`;
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
  settleNamespace(request, target);
  await admitToSubresource(core, target, exchange.caller, {
    subresource: 'token',
    kind: KIND,
    object: request,
    dryRun: options.dryRun,
  });
  const answer = await requestToken(core, issuer, target, request, options.dryRun);
  const managedFields = managedBy(core, options.manager, request);
  return encodeValue(exchange, 201, { ...answer, metadata: { ...answer.metadata, managedFields } }, form);
}

/** Nothing is stored, but upstream's answer says who asked for what. */
function managedBy(core: ServerCore, manager: string | undefined, request: TokenRequest) {
  const writer = writerOfAnswers(
    core,
    { ...KIND, apiVersion: API_VERSION },
    { subresource: 'token', manager },
  );
  const spec = { ...request.spec, expirationSeconds: request.spec?.expirationSeconds ?? DEFAULT_SECONDS };
  const asked = { kind: KIND.kind, apiVersion: API_VERSION, metadata: {}, spec } as KubeObject;
  trackUpdate(writer, writer.empty(), asked);
  return asked.metadata.managedFields;
}

async function requestToken(
  core: ServerCore,
  issuer: TokenIssuer,
  target: Target,
  request: TokenRequest,
  dryRun = false,
): Promise<KubeObject> {
  const { resource, namespace, name } = target;
  const misnamed = misnamedErrors(request.metadata ?? {}, target);
  if (misnamed.length > 0) throw invalid(KIND, name, misnamed);
  const account = core.cache.get(resource.key(namespace, name))?.object;
  if (!account) throw notFound(resource.named, name);
  const { uid = '' } = account.metadata;
  const wanted = request.metadata?.uid || uid;
  if (wanted !== uid)
    throw conflict(
      { group: KIND.group, resource: KIND.kind },
      name,
      `the UID in the token request (${wanted}) does not match the UID of the service account (${uid})`,
    );
  const spec = request.spec ?? { audiences: [] };
  const expirationSeconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  const wrong = expirationErrors(expirationSeconds);
  if (wrong.length > 0) throw invalid(KIND, '', wrong);
  const audiences = spec.audiences?.length ? spec.audiences : [issuer.audience];
  const { bound, node } = tokenBinding(core, target, spec.boundObjectRef);
  const expires = core.clock.now() + expirationSeconds * 1000;
  const claims = { namespace, account: { name, uid }, bound, node };
  const token = dryRun ? '' : await issuer.issue(claims, audiences, expirationSeconds);
  return {
    kind: KIND.kind,
    apiVersion: API_VERSION,
    metadata: { name, namespace, uid, creationTimestamp: rfc3339(core.clock.now()) },
    spec: { ...spec, audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: rfc3339(expires) },
  } as KubeObject;
}

/** What the body says of the account must be what the URL says. */
function misnamedErrors(
  given: { readonly name?: string | undefined; readonly namespace?: string | undefined },
  target: Target,
): FieldError[] {
  return (['name', 'namespace'] as const)
    .filter(part => given[part] && given[part] !== target[part])
    .map(part =>
      invalidValue(`metadata.${part}`, given[part], `must match the service account ${part} if specified`),
    )
    .slice(0, 1);
}

function expirationErrors(seconds: number): FieldError[] {
  const field = 'spec.expirationSeconds';
  if (seconds < MIN_SECONDS)
    return [invalidValue(field, seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > MAX_SECONDS)
    return [invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}
