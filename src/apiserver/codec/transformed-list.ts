/**
 * Lists as Tables and as metadata in JSON. Cells are computed; objects and metadata are the cached
 * bytes. Long lists are made in slices, so that others have their turn.
 */
import type { KubeObject } from '../../api/object.ts';
import { TimeSlice } from '../../base/time-slice.ts';
import type { CachedObject } from '../cache/contract.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { PiecedBody } from '../request.ts';
import { JoinedBody } from './list-body.ts';
import { metadataBytes } from './metadata-bytes.ts';
import { partialObjectMetadata } from './partial.ts';
import { includeObjectOf, rowHead, tableOf } from './table.ts';

const PARTIAL = '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",';
const CLOSE = Buffer.from('}');
const CLOSE_ROW = Buffer.from('}}');

export interface TransformedList {
  readonly exchange: ResourceExchange;
  readonly items: readonly CachedObject[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** @throws StatusError 400: includeObject is none of its values */
export function jsonTable({ exchange, items, metadata }: TransformedList): Promise<PiecedBody> {
  const { resource, core, request } = exchange;
  const { definition } = resource;
  const include = includeObjectOf(request.query);
  const nowMs = core.clock.now();
  const head = JSON.stringify(tableOf([], { definition, nowMs, include, metadata }));
  return joinRows(exchange, head.slice(0, -']}'.length), items, (item, separator) => {
    const object = resource.present(item);
    const rowStart = JSON.stringify(rowHead(object, { definition, nowMs })).slice(0, -1);
    const start = `${separator}${rowStart},"object":`;
    if (include === 'None') return [Buffer.from(`${start}null}`)];
    if (include === 'Object') return [Buffer.from(start), resource.bytes(item), CLOSE];
    const bytes = partialBytes(exchange, item, object);
    return bytes
      ? [Buffer.from(start + PARTIAL), bytes, CLOSE_ROW]
      : [Buffer.from(`${start}${JSON.stringify(partialObjectMetadata(object, definition))}}`)];
  });
}

/** An empty list has null for items, as upstream's. */
export function jsonMetadataList({ exchange, items, metadata }: TransformedList): Promise<PiecedBody> {
  const { resource } = exchange;
  const type = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata };
  if (items.length === 0)
    return Promise.resolve(new JoinedBody([Buffer.from(`${JSON.stringify({ ...type, items: null })}\n`)]));
  const head = JSON.stringify({ ...type, items: [] });
  return joinRows(exchange, head.slice(0, -']}'.length), items, (item, separator) => {
    const object = resource.present(item);
    const bytes = partialBytes(exchange, item, object);
    return bytes
      ? [Buffer.from(separator + PARTIAL), bytes, CLOSE]
      : [Buffer.from(separator + JSON.stringify(partialObjectMetadata(object, resource.definition)))];
  });
}

/** Undefined where the metadata is shown otherwise than it is stored. */
function partialBytes(
  { resource }: ResourceExchange,
  item: CachedObject,
  { metadata }: KubeObject,
): Buffer | undefined {
  if (resource.converts) return undefined;
  const hidden = resource.definition.fieldAnnotations ?? [];
  if (hidden.some(key => metadata.annotations?.[key] !== undefined)) return undefined;
  return metadataBytes(item);
}

async function joinRows(
  { core }: ResourceExchange,
  head: string,
  items: readonly CachedObject[],
  row: (item: CachedObject, separator: string) => readonly Buffer[],
): Promise<PiecedBody> {
  const chunks: Buffer[] = [Buffer.from(head)];
  const slice = new TimeSlice(core.clock);
  let separator = '';
  for (const item of items) {
    chunks.push(...row(item, separator));
    separator = ',';
    const turn = slice.turn();
    if (turn) await turn;
  }
  chunks.push(Buffer.from(']}\n'));
  return new JoinedBody(chunks);
}
