/**
 * Lists as Tables and as metadata in JSON. Cells are computed; objects and metadata are the cached
 * bytes.
 */
import type { CachedObject } from '../cache/contract.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { PiecedBody } from '../request.ts';
import { JoinedBody } from './list-body.ts';
import { partialObjectMetadata } from './partial.ts';
import { type Row, RowsBody } from './rows-body.ts';
import { includeObjectOf, rowHead, tableOf } from './table.ts';

const PARTIAL = '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",';
/** Up to here a list is made at once, so that its length can be told: kubectl asks for 500. */
const AT_ONCE = 512;
const AT_ONCE_BYTES = 64 * 1024;

export interface TransformedList {
  readonly exchange: ResourceExchange;
  readonly items: readonly CachedObject[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** @throws StatusError 400: includeObject is none of its values */
export function jsonTable({ exchange, items, metadata }: TransformedList): PiecedBody {
  const { resource, core, request } = exchange;
  const { definition } = resource;
  const include = includeObjectOf(request.query);
  const nowMs = core.clock.now();
  const head = JSON.stringify(tableOf([], { definition, nowMs, include, metadata }));
  return rows(head, items, item => {
    const rowStart = JSON.stringify(rowHead(resource.present(item), { definition, nowMs })).slice(0, -1);
    const before = `${rowStart},"object":`;
    if (include === 'None') return { before, start: 0, end: 0, after: 'null}' };
    if (include === 'Metadata') return partialRow(exchange, item, before, '}');
    if (resource.converts) return { before, start: 0, end: 0, after: `${resource.bytes(item).toString()}}` };
    return { before, start: 0, end: item.bytes.length, after: '}' };
  });
}

/** An empty list has null for items, as upstream's. */
export function jsonMetadataList({ exchange, items, metadata }: TransformedList): PiecedBody {
  const type = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata };
  if (items.length === 0)
    return new JoinedBody([Buffer.from(`${JSON.stringify({ ...type, items: null })}\n`)]);
  return rows(JSON.stringify({ ...type, items: [] }), items, item => partialRow(exchange, item, '', ''));
}

/** `empty`: the list without its rows. */
function rows(empty: string, items: readonly CachedObject[], rowOf: (item: CachedObject) => Row): PiecedBody {
  const body = new RowsBody(empty.slice(0, -']}'.length), items, rowOf);
  if (items.length > AT_ONCE) return body;
  return new JoinedBody([...body.pieces(() => Buffer.allocUnsafe(AT_ONCE_BYTES))]);
}

/** The metadata as it is stored, but where it is shown otherwise. */
function partialRow({ resource }: ResourceExchange, item: CachedObject, before: string, after: string): Row {
  const { definition } = resource;
  const hidden = definition.fieldAnnotations ?? [];
  const asStored =
    !resource.converts && hidden.every(key => item.object.metadata.annotations?.[key] === undefined);
  if (asStored)
    return { before: before + PARTIAL, start: item.itemStart, end: item.metadataEnd, after: `}${after}` };
  const partial = JSON.stringify(partialObjectMetadata(resource.present(item), definition));
  return { before: before + partial, start: 0, end: 0, after };
}
