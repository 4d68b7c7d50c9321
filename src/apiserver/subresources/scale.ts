/** <resource>/scale: the autoscaling/v1 Scale of anything that has replicas. */
import { invalidValue } from '../../api/field-error.ts';
import type { ScaleSubresource } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { structType } from '../../api/schema/compile.ts';
import {
  badRequest,
  internalError,
  invalid,
  isStatusError,
  notFound,
  StatusError,
} from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import { trackUpdate, type Writer } from '../apply/field-manager.ts';
import { UNKNOWN_MANAGER } from '../apply/manager-name.ts';
import { fromScaleEntries, toScaleEntries } from '../apply/scale-entries.ts';
import { shapeOfStruct } from '../apply/typed/shape.ts';
import { emptyObject } from '../apply/writer.ts';
import { isApply } from '../codec/body.ts';
import { decodeObject } from '../codec/decode.ts';
import type { Negotiated } from '../codec/negotiate.ts';
import { partialObjectMetadata } from '../codec/partial.ts';
import { encodeValue, negotiateObject } from '../codec/respond.ts';
import { includeObjectOf, tableOf } from '../codec/table.ts';
import type { ServerCore } from '../core.ts';
import type { ResourceExchange } from '../exchange.ts';
import { clone } from '../operations/clone.ts';
import type { WriteOptions } from '../operations/context.ts';
import { type UpdateOptions, updateObject } from '../operations/update.ts';
import { decodePatchOf, patchTypeOf } from '../patch/decode.ts';
import type { ApiResponse } from '../request.ts';
import { checkName } from '../verbs/update.ts';
import { writeOptions } from '../verbs/write-options.ts';
import { scaleColumns } from './scale-columns.ts';
import type { Subresource } from './subresource.ts';

const KIND = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  schema: 'io.k8s.api.autoscaling.v1.Scale',
} as const;

const NO_SCHEME =
  'no kind is registered for the type v1.Scale in scheme "k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go:781"';

export interface Scale extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas: number; selector?: string };
}

export function scaleSubresource(scale: ScaleSubresource<KubeObject>): Subresource {
  return {
    kind: KIND.kind,
    group: KIND.group,
    version: KIND.version,
    verbs: {
      get: exchange =>
        respond(exchange, scaleOf(withReplicas(current(exchange), scale), scale), negotiateObject(exchange)),
      update: exchange => put(exchange, scale),
      patch: exchange => patch(exchange, scale),
    },
  };
}

function current({ core, resource, target }: ResourceExchange): KubeObject {
  const cached = core.cache.get(resource.key(target.namespace, target.name));
  if (!cached) throw notFound(resource.named, target.name);
  return resource.present(cached);
}

/** @throws StatusError 500, as upstream answers for custom resources that do not say their replicas */
function withReplicas(object: KubeObject, scale: ScaleSubresource<KubeObject>): KubeObject {
  if (scale.customPath === undefined || scale.replicas(object) !== undefined) return object;
  throw internalError(
    new Error(`the spec replicas field ${JSON.stringify(scale.customPath)} does not exist`),
  );
}

/** Metadata is the object's identity only: labels and annotations are not the Scale's. */
function scaleOf(object: KubeObject, scale: ScaleSubresource<KubeObject>): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = scale.replicas(object) ?? 0;
  const selector = scale.selector(object);
  return {
    kind: KIND.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: scale.statusReplicas(object), ...(selector ? { selector } : {}) },
  };
}

async function put(exchange: ResourceExchange, scale: ScaleSubresource<KubeObject>): Promise<ApiResponse> {
  const form = negotiateObject(exchange);
  const options = writeOptions(exchange, 'UpdateOptions', 'scale');
  const next: Scale = await decodeScale(exchange, scale);
  const { namespace } = next.metadata;
  const { target } = exchange;
  if (namespace && namespace !== target.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  checkName(next, target);
  const { uid } = next.metadata;
  return respond(exchange, await apply(exchange, scale, () => next, { ...options, uid }), form);
}

/** Upstream's handler of custom resources cannot say what is wrong with a Scale. @throws StatusError 400 */
async function decodeScale(
  exchange: ResourceExchange,
  { customPath }: ScaleSubresource<KubeObject>,
): Promise<Scale> {
  try {
    return await decodeObject(exchange, KIND);
  } catch (error) {
    if (customPath === undefined || !isStatusError(error, 'BadRequest')) throw error;
    throw badRequest(NO_SCHEME);
  }
}

async function patch(exchange: ResourceExchange, scale: ScaleSubresource<KubeObject>): Promise<ApiResponse> {
  patchTypeOf(exchange);
  const form = negotiateObject(exchange);
  const options = writeOptions(exchange, 'PatchOptions', 'scale');
  const writer = () => scaleWriter(exchange.core, options.manager);
  const transform = await decodePatchOf(exchange, KIND, writer);
  const scaled = await apply(exchange, scale, async old => (await transform(old)) as Scale, options);
  return respond(exchange, scaled, form);
}

async function apply(
  exchange: ResourceExchange,
  scale: ScaleSubresource<KubeObject>,
  make: (old: Scale) => Scale | Promise<Scale>,
  options: WriteOptions & Pick<UpdateOptions, 'uid'>,
): Promise<Scale> {
  const { core, target } = exchange;
  const { result } = await updateObject(
    core,
    target,
    async old => {
      const before = withEntries(scaleOf(old, scale), old, scale.replicasPath);
      const wanted = await make(before);
      const replicas = wanted.spec?.replicas ?? 0;
      if (replicas < 0 && scale.customPath === undefined)
        throw invalid(KIND, target.name, [
          invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
        ]);
      const next = clone(old);
      scale.setReplicas(next, replicas);
      setVersion(next, wanted, old, scale.customPath !== undefined);
      if (scale.customPath !== undefined) refuseApply(exchange);
      else if (!isApply(exchange.request)) trackUpdate(scaleWriter(core, options.manager), before, wanted);
      const entries = fromScaleEntries(
        old.metadata.managedFields ?? [],
        // Upstream cannot track a Scale of a custom resource: who writes it takes the replicas from all.
        scale.customPath === undefined ? (wanted.metadata.managedFields ?? []) : [],
        target.resource.apiVersion,
        scale.replicasPath,
      );
      if (entries.length > 0) next.metadata.managedFields = entries;
      else delete next.metadata.managedFields;
      return next;
    },
    { ...options, keepsManagedFields: true, patch: scale.customPath !== undefined },
  );
  return scaleOf(result.object, scale);
}

/** Those who own the replicas of the object own those of the Scale; it is not shown. */
function withEntries(scale: Scale, { metadata }: KubeObject, path?: readonly string[]): Scale {
  const managedFields = toScaleEntries(metadata.managedFields ?? [], path);
  return managedFields.length > 0 ? { ...scale, metadata: { ...scale.metadata, managedFields } } : scale;
}

/** As upstream: it looks for conflicts, and then cannot convert the Scale. @throws StatusError 500 */
function refuseApply({ request, target }: ResourceExchange): void {
  if (!isApply(request)) return;
  throw new StatusError({
    reason: '',
    code: 500,
    message: `failed to convert new object (/${target.name}; autoscaling/v1, Kind=Scale) to proper version: request to convert CR to an invalid group/version: autoscaling/v1`,
  });
}

function scaleWriter(core: ServerCore, manager = UNKNOWN_MANAGER): Writer {
  return {
    rules: {
      apiVersion: 'autoscaling/v1',
      shape: shapeOfStruct(structType(KIND.schema)),
      version: () => undefined,
      ownable: set => set,
    },
    kind: KIND.kind,
    subresource: 'scale',
    manager,
    now: rfc3339(core.clock.now()),
    empty: () => emptyObject(KIND.schema),
  };
}

/** `keeps`: a Scale without a version is of what is there. What the client says about version and identity of the Scale, it says about the object. */
function setVersion(next: KubeObject, wanted: Scale, old: KubeObject, keeps: boolean): void {
  const { resourceVersion, uid } = wanted.metadata;
  if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
  else if (!keeps) delete next.metadata.resourceVersion;
  next.metadata.uid = uid ? uid : old.metadata.uid;
}

function respond(exchange: ResourceExchange, value: Scale, form: Negotiated): ApiResponse {
  if (form.transform === 'none') return encodeValue(exchange, 200, value, form);
  if (form.transform === 'PartialObjectMetadata')
    return encodeValue(exchange, 200, partialObjectMetadata(value), form);
  const table = tableOf([value], {
    definition: { ...exchange.resource.definition, columns: scaleColumns },
    nowMs: exchange.core.clock.now(),
    include: includeObjectOf(exchange.request.query),
    metadata: { resourceVersion: value.metadata.resourceVersion },
  });
  return encodeValue(exchange, 200, table, form);
}
