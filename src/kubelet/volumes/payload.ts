/** The files of configMap, secret, downwardAPI and projected volumes, rendered. Pure. */
import { posix } from 'node:path';
import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Secret } from '../../generated/core-v1.ts';
import { type DownwardFacts, fieldValue, resourceValue } from '../config/field-ref.ts';
import type { NodePod } from '../pods/pod.ts';

export interface FileContent {
  readonly data: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** By path relative to the volume. */
export type Payload = ReadonlyMap<string, FileContent>;

export const DEFAULT_MODE = 0o644;

export interface KeySelection {
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
  readonly defaultMode: number;
}

/** @param map undefined: there is none, and none is needed */
export function configMapPayload(map: ConfigMap | undefined, selection: KeySelection): Payload {
  const data = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(map?.data ?? {})) data.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(map?.binaryData ?? {})) {
    data.set(key, Buffer.from(value, 'base64'));
  }
  return select(data, selection, 'config');
}

/** @param secret undefined: there is none, and none is needed */
export function secretPayload(secret: Secret | undefined, selection: KeySelection): Payload {
  const entries = Object.entries(secret?.data ?? {});
  const data = new Map(entries.map(([key, value]) => [key, Buffer.from(value, 'base64')]));
  return select(data, selection, 'secret');
}

function select(data: ReadonlyMap<string, Buffer>, selection: KeySelection, what: string): Payload {
  const { items, optional, defaultMode } = selection;
  const payload = new Map<string, FileContent>();
  if (!items || items.length === 0) {
    for (const [key, content] of data) payload.set(key, { data: content, mode: defaultMode });
    return payload;
  }
  for (const { key, path, mode } of items) {
    const content = data.get(key);
    if (content) payload.set(clean(path), { data: content, mode: mode ?? defaultMode });
    else if (!optional) throw new Error(`references non-existent ${what} key: ${key}`);
  }
  return payload;
}

/** @param defaultMode of files whose item has none */
export function downwardPayload(
  pod: NodePod,
  items: readonly DownwardAPIVolumeFile[],
  defaultMode: number,
  facts: DownwardFacts,
): Payload {
  const payload = new Map<string, FileContent>();
  for (const { path, mode, fieldRef, resourceFieldRef } of items) {
    const text = fieldRef
      ? fieldValue(pod, fieldRef.fieldPath, facts)
      : resourceFieldRef
        ? resourceValue(pod, resourceFieldRef, undefined, facts.allocatable)
        : '';
    payload.set(clean(path), { data: Buffer.from(text), mode: mode ?? defaultMode });
  }
  return payload;
}

/** Validation forbids it in the API; the node does not rely on that. */
function clean(path: string): string {
  const normal = posix.normalize(path);
  if (posix.isAbsolute(normal) || normal.split('/').includes('..')) {
    throw new Error(`Cannot write outside of the volume: ${JSON.stringify(path)}`);
  }
  return normal;
}

export function isSamePayload(a: Payload, b: Payload): boolean {
  if (a.size !== b.size) return false;
  for (const [path, { data, mode }] of a) {
    const other = b.get(path);
    if (!other || other.mode !== mode || !other.data.equals(data)) return false;
  }
  return true;
}
