/** The encode stage: an object or a list in the form the client negotiated. */
import type { KubeObject } from '../../api/object.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { ListOutcome } from '../operations/list.ts';
import type { ObjectResult } from '../operations/result.ts';
import type { ApiResponse } from '../request.ts';
import { JoinedBody, JsonListBody } from './list-body.ts';
import { inMetaVersion } from './meta-version.ts';
import { type Negotiated, negotiateOne, PROTOBUF } from './negotiate.ts';
import { partialObjectMetadata } from './partial.ts';
import { jsonText, wantsPretty } from './pretty.ts';
import { protobufList, protobufObject, protobufResponse } from './protobuf.ts';
import { includeObjectOf, tableOf } from './table.ts';
import { jsonMetadataList, jsonTable } from './transformed-list.ts';
import { writeYaml } from './yaml.ts';

const LIST_CLOSE = Buffer.from(']}\n');
const COMMA = Buffer.from(',');
const NONE = Buffer.alloc(0);
const NEWLINE = Buffer.from('\n');

/** Decides before anything is done: a client that takes nothing we have must not have written. */
export function negotiateObject({ request, resource }: ResourceExchange): Negotiated {
  const form = negotiateOne(request.header('accept'), resource.definition);
  // Refuses what it does not know; a read is told that there is nothing first.
  if (form.transform === 'Table' && request.method !== 'GET') includeObjectOf(request.query);
  return form;
}

export function respondObject(
  exchange: ResourceExchange,
  status: number,
  result: ObjectResult,
  form: Negotiated,
): ApiResponse {
  if (
    form.transform === 'none' &&
    form.mediaType === 'application/json' &&
    !wantsPretty(exchange.request, form.pretty)
  )
    return { status, contentType: 'application/json', body: [result.bytes(), NEWLINE] };
  if (form.transform === 'none' && form.mediaType === PROTOBUF && result.cached)
    return protobufObject(status, exchange.resource, result.cached);
  const value =
    form.transform === 'none'
      ? withHead(exchange, result.object)
      : transformed(exchange, result.object, form);
  return encodeValue(exchange, status, value, form);
}

/** Any other value, such as a Scale or a review. */
export function encodeValue(
  exchange: { readonly request: ResourceExchange['request'] },
  status: number,
  answer: unknown,
  form: Negotiated,
): ApiResponse {
  const value = form.transform === 'none' ? answer : inMetaVersion(answer, form.metaVersion);
  if (form.mediaType === PROTOBUF) return protobufResponse(status, value);
  if (form.mediaType === 'application/yaml')
    return { status, contentType: 'application/yaml', body: Buffer.from(writeYaml(value)) };
  const text = jsonText(value, wantsPretty(exchange.request, form.pretty));
  return { status, contentType: 'application/json', body: Buffer.from(text) };
}

export async function respondList(
  exchange: ResourceExchange,
  list: ListOutcome,
  form: Negotiated,
): Promise<ApiResponse> {
  const { resource } = exchange;
  const metadata = listMetadata(list, resource.definition.custom !== undefined && form.transform === 'none');
  if (form.mediaType === PROTOBUF) {
    const metadataOnly = form.transform !== 'none';
    return protobufList({ resource, list, metadata, metadataOnly, clock: exchange.core.clock });
  }
  if (
    form.mediaType === 'application/json' &&
    form.metaVersion === 'v1' &&
    !wantsPretty(exchange.request, form.pretty)
  )
    return { status: 200, contentType: 'application/json', body: jsonBody(exchange, list, form) };
  const objects = list.items.map(item => resource.present(item));
  return encodeValue(exchange, 200, listValue(exchange, objects, metadata, form), form);
}

function jsonBody(exchange: ResourceExchange, list: ListOutcome, form: Negotiated) {
  const { resource } = exchange;
  const { items } = list;
  const custom = resource.definition.custom !== undefined;
  const metadata = listMetadata(list, custom && form.transform === 'none');
  if (form.transform === 'Table') return jsonTable({ exchange, items, metadata });
  if (form.transform === 'PartialObjectMetadataList') return jsonMetadataList({ exchange, items, metadata });
  const { apiVersion } = resource;
  const head = JSON.stringify({ kind: resource.listKind, apiVersion, metadata });
  const open = head.slice(0, -1);
  if (custom) {
    const chunks = items.flatMap((item, i) => [i > 0 ? COMMA : NONE, resource.itemBytes(item)]);
    return new JoinedBody([Buffer.from(`${open},"items":[`), ...chunks, LIST_CLOSE]);
  }
  if (!resource.converts) return new JsonListBody(open, items);
  const texts = items.map(item => resource.itemBytes(item).toString());
  return Buffer.from(`${open},"items":[${texts.join(',')}]}\n`);
}

function listValue(
  exchange: ResourceExchange,
  objects: readonly KubeObject[],
  metadata: Readonly<Record<string, unknown>>,
  form: Negotiated,
): unknown {
  const { resource, core, request } = exchange;
  if (form.transform === 'Table')
    return tableOf(objects, {
      definition: resource.definition,
      nowMs: core.clock.now(),
      include: includeObjectOf(request.query),
      metadata,
    });
  if (form.transform === 'PartialObjectMetadataList')
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items:
        objects.length > 0 ? objects.map(object => partialObjectMetadata(object, resource.definition)) : null,
    };
  const items = resource.definition.custom
    ? objects
    : objects.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item);
  return { kind: resource.listKind, apiVersion: resource.apiVersion, metadata, items };
}

/** Unstructured lists upstream always say whether they go on. */
function listMetadata(list: ListOutcome, alwaysContinue: boolean): Record<string, unknown> {
  const { resourceVersion, continueToken, remaining } = list;
  return {
    ...(resourceVersion === '' ? {} : { resourceVersion }),
    ...(continueToken === undefined && !alwaysContinue ? {} : { continue: continueToken ?? '' }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

function transformed(
  { resource, core, request }: ResourceExchange,
  object: KubeObject,
  form: Negotiated,
): unknown {
  if (form.transform !== 'Table') return partialObjectMetadata(object, resource.definition);
  return tableOf([object], {
    definition: resource.definition,
    nowMs: core.clock.now(),
    include: includeObjectOf(request.query),
    metadata: { resourceVersion: object.metadata.resourceVersion },
  });
}

function withHead({ resource }: ResourceExchange, object: KubeObject): KubeObject {
  return object.kind
    ? object
    : { kind: resource.definition.kind, apiVersion: resource.apiVersion, ...object };
}
