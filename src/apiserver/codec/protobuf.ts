/**
 * Objects, lists and watch events in protobuf, as client-go asks for them.
 *
 * The message of a stored object is made once, when somebody first asks for it, and kept as long as
 * the cached object is: a list is those bytes one after the other, an event has them in its frame.
 * The object is parsed for it and let go again: a server that only passes bytes on holds no objects.
 */
import type { KubeObject } from '../../api/object.ts';
import { StatusError } from '../../api/status-error.ts';
import type { Clock } from '../../base/clock.ts';
import { TimeSlice } from '../../base/time-slice.ts';
import { encodeMessage } from '../../wire/protobuf/encode.ts';
import type { TypeMeta } from '../../wire/protobuf/envelope.ts';
import { field, listItem, messageOfItem, watchFrame, wrap } from '../../wire/protobuf/envelope.ts';
import { messageNameOf } from '../../wire/protobuf/message-name.ts';
import type { CachedObject, CacheEvent } from '../cache/contract.ts';
import type { ListOutcome } from '../operations/list.ts';
import type { Resource } from '../registry/resource.ts';
import type { ApiResponse } from '../request.ts';
import { PROTOBUF } from './negotiate.ts';
import { partialObjectMetadata } from './partial.ts';

const kept = new WeakMap<Resource, WeakMap<CachedObject, Buffer>>();
const framesOfBatch = new WeakMap<readonly CacheEvent[], Buffer>();

/** Any value that names its kind. @throws StatusError 406: it has no protobuf form */
export function protobufResponse(status: number, value: unknown): ApiResponse {
  const type = typeOf(value);
  return { status, contentType: PROTOBUF, body: wrap(type, [encodeMessage(messageName(type), value)]) };
}

export function protobufObject(status: number, resource: Resource, cached: CachedObject): ApiResponse {
  const body = wrap(typeMeta(resource), [messageOf(resource, cached)]);
  return { status, contentType: PROTOBUF, body };
}

export interface ProtobufList {
  readonly resource: Resource;
  readonly list: ListOutcome;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** As PartialObjectMetadataList. */
  readonly metadataOnly: boolean;
  readonly clock: Clock;
}

/** @throws StatusError 406 */
export async function protobufList(answer: ProtobufList): Promise<ApiResponse> {
  const { resource, list, metadata, metadataOnly, clock } = answer;
  const type = metadataOnly
    ? { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadataList' }
    : { apiVersion: resource.apiVersion, kind: resource.listKind };
  messageName(type);
  const item = metadataOnly ? partialItem : itemOf;
  const raw = [field(1, encodeMessage('k8s.io.apimachinery.pkg.apis.meta.v1.ListMeta', metadata))];
  const slice = new TimeSlice(clock);
  for (const cached of list.items) {
    raw.push(item(resource, cached));
    const turn = slice.turn();
    if (turn) await turn;
  }
  return { status: 200, contentType: PROTOBUF, body: wrap(type, raw) };
}

/** @throws StatusError 406 */
export function protobufEvent(eventType: string, value: unknown): Buffer {
  const type = typeOf(value);
  return watchFrame(eventType, type, encodeMessage(messageName(type), value));
}

export function protobufObjectEvent(eventType: string, resource: Resource, cached: CachedObject): Buffer {
  return watchFrame(eventType, typeMeta(resource), messageOf(resource, cached));
}

/** The frames of a batch in one piece, made once for all watchers that are given the same batch. */
export function protobufBatch(resource: Resource, events: readonly CacheEvent[]): Buffer {
  let bytes = framesOfBatch.get(events);
  if (!bytes) {
    bytes = Buffer.concat(events.map(e => protobufObjectEvent(e.type, resource, e.current)));
    framesOfBatch.set(events, bytes);
  }
  return bytes;
}

const messageOf = (resource: Resource, cached: CachedObject) => messageOfItem(itemOf(resource, cached));

function itemOf(resource: Resource, cached: CachedObject): Buffer {
  let ofResource = kept.get(resource);
  if (!ofResource) {
    ofResource = new WeakMap();
    kept.set(resource, ofResource);
  }
  let item = ofResource.get(cached);
  if (!item) {
    item = listItem(encodeMessage(messageName(typeMeta(resource)), read(resource, cached)));
    ofResource.set(cached, item);
  }
  return item;
}

function partialItem(resource: Resource, cached: CachedObject): Buffer {
  const partial = partialObjectMetadata(read(resource, cached), resource.definition);
  return field(2, encodeMessage(messageName(typeOf(partial)), partial));
}

function read(resource: Resource, cached: CachedObject): KubeObject {
  return resource.converts ? resource.present(cached) : (JSON.parse(cached.bytes.toString()) as KubeObject);
}

const typeMeta = ({ apiVersion, definition }: Resource): TypeMeta => ({ apiVersion, kind: definition.kind });

/** Some discovery documents have no apiVersion in JSON: they are of v1. */
function typeOf(value: unknown): TypeMeta {
  const { apiVersion = 'v1', kind = '' } = value as Partial<TypeMeta>;
  return { apiVersion, kind };
}

function messageName(type: TypeMeta): string {
  const name = messageNameOf(type.apiVersion, type.kind);
  if (name !== undefined) return name;
  throw new StatusError({
    reason: 'NotAcceptable',
    message: `object ${type.apiVersion}.${type.kind} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`,
  });
}
