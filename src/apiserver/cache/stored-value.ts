/**
 * The form in which objects are stored, and how it becomes the form clients see.
 *
 * Stored: {"kind":…,"apiVersion":…,"metadata":{…},…}, members in this order, without
 * metadata.resourceVersion: the revision is known only once the write has been committed.
 * Shown: the same with "resourceVersion":"N" as metadata's first member, put in by copying bytes.
 * Nothing is parsed or encoded again on the way from the store to a client.
 */
import type { KubeObject } from '../../api/object.ts';

const METADATA = Buffer.from('"metadata":{');
const CLOSING_BRACE = 0x7d;

/** @throws TypeError when kind, apiVersion or metadata is missing. */
export function encodeForStore(object: KubeObject): Buffer {
  const { kind, apiVersion, metadata, ...rest } = object;
  if (!kind || !apiVersion || typeof metadata !== 'object' || metadata === null) {
    throw new TypeError(`Cannot store an object without kind, apiVersion and metadata (kind ${kind})`);
  }
  const { resourceVersion: _, ...storedMetadata } = metadata;
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: storedMetadata, ...rest }));
}

/**
 * `value` with the revision in it, and where `"metadata"` starts in it (CachedObject.itemStart).
 *
 * The first match is the right one: before it there are only two JSON strings, and a quote
 * inside those is escaped.
 * @throws TypeError for a value encodeForStore did not make.
 */
export function spliceRevision(value: Buffer, revision: number): { bytes: Buffer; itemStart: number } {
  const itemStart = value.indexOf(METADATA);
  if (itemStart < 0) throw new TypeError('Cannot read a stored object: it has no metadata');
  const at = itemStart + METADATA.length;
  const separator = value[at] === CLOSING_BRACE ? '' : ',';
  const member = `"resourceVersion":"${revision}"${separator}`;
  // Its own memory, not a part of Node's shared pool: these live as long as the object does, and
  // one of them would keep a whole pool page.
  const bytes = Buffer.allocUnsafeSlow(value.length + member.length);
  value.copy(bytes, 0, 0, at);
  bytes.write(member, at, 'latin1');
  value.copy(bytes, at + member.length, at);
  return { bytes, itemStart };
}
