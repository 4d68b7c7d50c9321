/**
 * From parsed JSON to a custom resource: defaulted, its metadata in form, pruned. The counterpart
 * of schema/decode.ts for kinds whose schema came at run time (upstream: schemaCoercingDecoder).
 */
import { setOwnField } from '../../base/own-field.ts';
import type { DecodedType } from '../schema/decode.ts';
import { DuplicateKeys, RawNumber } from '../schema/json-reader.ts';
import { applyDefaults, pruneNulls } from './defaulting.ts';
import { coerceEmbedded, coerceMetadata } from './embedded.ts';
import { prune } from './prune.ts';
import { isObject, type JsonObject, type Structural } from './structural.ts';

/**
 * The input is not changed. `keepNulls`: nulls that may not be are left for validation to find, as
 * upstream does with what was applied. @throws DecodeError
 */
export function decodeCustom(
  schema: Structural,
  value: unknown,
  { keepNulls = false }: { readonly keepNulls?: boolean } = {},
): DecodedType {
  const duplicates: string[] = [];
  const plain = copy(value, '', duplicates);
  const object: JsonObject = isObject(plain) ? plain : {};
  applyDefaults(object, schema);
  const { metadata } = object;
  const coerced = metadata === undefined ? undefined : coerceMetadata(metadata);
  if (coerced) object['metadata'] = coerced.value;
  const unknown = [...(coerced?.unknown ?? []), ...prune(object, schema)];
  if (!keepNulls) pruneNulls(object, schema);
  unknown.push(...coerceEmbedded(object, { ...schema, 'x-kubernetes-embedded-resource': false }));
  const strictErrors = [...duplicates, ...unknown.map(field => `unknown field "${field}"`)];
  return { value: object, strictErrors, emptyLists: [], leftOut: [] };
}

/** As it reads from the store: what is stored may be older than the schema. */
export function readStored(schema: Structural, object: JsonObject): JsonObject {
  const read = structuredClone(object);
  applyDefaults(read, schema);
  prune(read, schema);
  pruneNulls(read, schema);
  return read;
}

/** Plain JSON of one's own; of keys that occur twice the last one counts. */
function copy(value: unknown, path: string, duplicates: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, i) => copy(item, `${path}[${i}]`, duplicates));
  if (value instanceof RawNumber) return Number(value.text);
  if (typeof value !== 'object' || value === null) return value;
  const entries = value instanceof DuplicateKeys ? value.entries : Object.entries(value);
  const out: JsonObject = {};
  for (const [key, item] of entries) {
    const where = path === '' ? key : `${path}.${key}`;
    if (Object.hasOwn(out, key)) duplicates.push(`duplicate field "${where}"`);
    setOwnField(out, key, copy(item, where, duplicates));
  }
  return out;
}
