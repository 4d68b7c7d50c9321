/**
 * pods/binding: puts a pod on a node. The scheduler's only write; refused when the pod has a node,
 * is going away, or has scheduling gates (registry/core/pod: BindingREST).
 */

import { setPodCondition } from '../../api/core/pod/conditions.ts';
import { notSupported, required } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { badRequest, conflict, notFound, StatusError } from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Binding, Pod } from '../../generated/core-v1.ts';
import { topologyLabelsOf } from '../admission/pods/topology-labels.ts';
import { admitToSubresource } from '../admission/subresource.ts';
import { decodeObject } from '../codec/decode.ts';
import { encodeValue, negotiateObject } from '../codec/respond.ts';
import type { ServerCore, Target } from '../core.ts';
import type { ResourceExchange } from '../exchange.ts';
import { modifyObject } from '../operations/modify.ts';
import { preconditionFailed } from '../operations/precondition.ts';
import type { ApiResponse } from '../request.ts';
import { writeOptions } from '../verbs/write-options.ts';
import { created } from './created.ts';
import type { Subresource } from './subresource.ts';

const KIND = { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' } as const;
const NAMED = { group: '', resource: 'pods/binding' };

export const bindingSubresource: Subresource = {
  kind: KIND.kind,
  create: (core, target, body) => bind(core, target, body as Binding, false),
  verbs: { create: exchange => post(exchange, exchange.target) },
};

/** POST to `bindings`, the older way: the pod is the one with the Binding's name. */
export async function createBinding(exchange: ResourceExchange): Promise<ApiResponse> {
  const pods = exchange.core.resources.lookup('', 'v1', 'pods');
  if (!pods) throw notFound({ group: '', resource: 'pods' }, '');
  return await post(exchange, { resource: pods, namespace: exchange.target.namespace, name: '' });
}

async function post(exchange: ResourceExchange, target: Target): Promise<ApiResponse> {
  const form = negotiateObject(exchange);
  const { dryRun = false } = writeOptions(exchange, 'CreateOptions');
  const binding = (await decodeObject(exchange, KIND)) as Binding;
  const { namespace = '', name = '' } = binding.metadata;
  if (namespace !== '' && namespace !== target.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (target.name !== '' && name !== target.name)
    throw badRequest('name in URL does not match name in Binding object');
  const bound = { ...target, name: target.name || name };
  await admitToSubresource(exchange.core, bound, exchange.caller, {
    subresource: 'binding',
    kind: KIND,
    object: binding,
    dryRun,
  });
  const status = await bind(exchange.core, bound, binding, dryRun);
  return encodeValue(exchange, 201, status, form);
}

async function bind(
  core: ServerCore,
  target: Target,
  binding: Binding,
  dryRun: boolean,
): Promise<KubeObject> {
  const { kind = '', name: node = '' } = binding.target ?? {};
  const wrong = [
    ...(kind === '' || kind === 'Node' ? [] : [notSupported('target.kind', kind, ['Node', '<empty>'])]),
    ...(node === '' ? [required('target.name')] : []),
  ].map(({ field, body }) => `${field}: ${body}`);
  if (wrong.length > 0) throw invalidTarget(wrong.length === 1 ? (wrong[0] ?? '') : `[${wrong.join(', ')}]`);
  await modifyObject(core, target, object => assign(core, target, object as Pod, binding, node), dryRun);
  return created();
}

/** Upstream answers 500 without a reason here. */
const invalidTarget = (message: string) => new StatusError({ reason: '', code: 500, message });

function assign(core: ServerCore, target: Target, pod: Pod, binding: Binding, node: string): void {
  const { uid, resourceVersion, annotations } = binding.metadata;
  const { metadata, spec } = pod;
  const { name } = target;
  if (uid && uid !== metadata.uid) throw preconditionFailed(target, 'UID', uid, metadata.uid);
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    throw preconditionFailed(target, 'ResourceVersion', resourceVersion, metadata.resourceVersion);
  if (metadata.deletionTimestamp)
    throw conflict(NAMED, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (spec.nodeName)
    throw conflict(NAMED, name, `pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
  if ((spec.schedulingGates ?? []).length > 0)
    throw conflict(NAMED, name, `pod ${name} has non-empty .spec.schedulingGates`);
  spec.nodeName = node;
  if (annotations) metadata.annotations = { ...metadata.annotations, ...annotations };
  const topology = binding.target.kind === 'Node' ? topologyLabelsOf(core, node) : undefined;
  const labels = { ...binding.metadata.labels, ...topology };
  if (Object.keys(labels).length > 0) metadata.labels = { ...metadata.labels, ...labels };
  const status = (pod.status ??= {});
  // It was a wish; now it is so (KEP-5278).
  delete status.nominatedNodeName;
  setPodCondition(status, {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null as unknown as undefined,
    lastTransitionTime: rfc3339(core.clock.now()),
  });
}
