/** namespaces/finalize: the namespace controller takes its finalizer out of spec; then it is gone. */
import type { KubeObject } from '../../api/object.ts';
import type { Namespace } from '../../generated/core-v1.ts';
import { decodeObject } from '../codec/decode.ts';
import { negotiateObject, respondObject } from '../codec/respond.ts';
import type { ServerCore, Target } from '../core.ts';
import type { ResourceExchange } from '../exchange.ts';
import { clone } from '../operations/clone.ts';
import type { WriteOptions } from '../operations/context.ts';
import type { ObjectResult } from '../operations/result.ts';
import { updateObject } from '../operations/update.ts';
import type { ApiResponse } from '../request.ts';
import { checkName } from '../verbs/update.ts';
import { writeOptions } from '../verbs/write-options.ts';
import type { Subresource } from './subresource.ts';

export const finalizeSubresource: Subresource = {
  create: async (core, target, body, caller) => (await finalize(core, target, body, { caller })).object,
  verbs: { update: put },
};

async function put(exchange: ResourceExchange): Promise<ApiResponse> {
  const { core, target } = exchange;
  const form = negotiateObject(exchange);
  const options = writeOptions(exchange, 'UpdateOptions', 'finalize');
  const object = await decodeObject(exchange);
  checkName(object, target);
  return respondObject(exchange, 200, await finalize(core, target, object, options), form);
}

async function finalize(
  core: ServerCore,
  target: Target,
  object: KubeObject,
  options: WriteOptions,
): Promise<ObjectResult> {
  const sent = object as Namespace;
  const { result } = await updateObject(
    core,
    target,
    old => {
      const next = clone(old) as Namespace & KubeObject;
      const finalizers = [...(sent.spec?.finalizers ?? [])];
      next.spec = finalizers.length > 0 ? { ...next.spec, finalizers } : {};
      next.metadata.resourceVersion = sent.metadata.resourceVersion;
      return next;
    },
    // Only spec.finalizers is taken from the client, above; the rest is the old object's.
    { ...options, subresource: 'finalize', prepare: () => {} },
  );
  return result;
}
