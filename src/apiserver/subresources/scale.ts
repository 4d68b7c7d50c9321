/** <resource>/scale: the autoscaling/v1 Scale of anything that has replicas. */
import { invalidValue } from '../../api/field-error.ts';
import type { ScaleSubresource } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { structType } from '../../api/schema/compile.ts';
import { badRequest, invalid, notFound } from '../../api/status-error.ts';
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
import { updateObject } from '../operations/update.ts';
import { decodePatchOf } from '../patch/decode.ts';
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
      get: exchange => respond(exchange, scaleOf(current(exchange), scale), negotiateObject(exchange)),
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

/** Metadata is the object's identity only: labels and annotations are not the Scale's. */
function scaleOf(object: KubeObject, scale: ScaleSubresource<KubeObject>): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = scale.replicas(object);
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
  const next: Scale = await decodeObject(exchange, KIND);
  const { namespace } = next.metadata;
  const { target } = exchange;
  if (namespace && namespace !== target.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  checkName(next, target);
  return respond(exchange, await apply(exchange, scale, () => next, options), form);
}

async function patch(exchange: ResourceExchange, scale: ScaleSubresource<KubeObject>): Promise<ApiResponse> {
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
  options: WriteOptions,
): Promise<Scale> {
  const { core, target } = exchange;
  const { result } = await updateObject(
    core,
    target,
    async old => {
      const before = withEntries(scaleOf(old, scale), old);
      const wanted = await make(before);
      const replicas = wanted.spec?.replicas ?? 0;
      if (replicas < 0)
        throw invalid(KIND, target.name, [
          invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'),
        ]);
      const next = clone(old);
      scale.setReplicas(next, replicas);
      setVersion(next, wanted, old);
      if (!isApply(exchange.request)) trackUpdate(scaleWriter(core, options.manager), before, wanted);
      const entries = fromScaleEntries(
        old.metadata.managedFields ?? [],
        wanted.metadata.managedFields ?? [],
        target.resource.apiVersion,
      );
      if (entries.length > 0) next.metadata.managedFields = entries;
      else delete next.metadata.managedFields;
      return next;
    },
    { ...options, keepsManagedFields: true },
  );
  return scaleOf(result.object, scale);
}

/** Those who own the replicas of the object own those of the Scale; it is not shown. */
function withEntries(scale: Scale, { metadata }: KubeObject): Scale {
  const managedFields = toScaleEntries(metadata.managedFields ?? []);
  return managedFields.length > 0 ? { ...scale, metadata: { ...scale.metadata, managedFields } } : scale;
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

/** What the client says about version and identity of the Scale, it says about the object. */
function setVersion(next: KubeObject, wanted: Scale, old: KubeObject): void {
  const { resourceVersion, uid } = wanted.metadata;
  if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
  else delete next.metadata.resourceVersion;
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
