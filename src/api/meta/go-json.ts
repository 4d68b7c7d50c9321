/**
 * Values in messages are printed as Go's encoding/json prints the structs behind them: fields in
 * the order of their declaration. These orders are facts of the API's types that no schema tells.
 */

/** The order of a type's fields, by name; fields not listed follow in the order they have. */
export type FieldOrder = readonly (string | readonly [name: string, order: FieldOrder])[];

export const LABEL_SELECTOR_ORDER: FieldOrder = [
  'matchLabels',
  ['matchExpressions', ['key', 'operator', 'values']],
];
export const OWNER_REFERENCE_ORDER: FieldOrder = [
  'apiVersion',
  'kind',
  'name',
  'uid',
  'controller',
  'blockOwnerDeletion',
];

/** A copy whose fields stand in the order given; maps that `order` does not name sort by key, as Go's do. */
export function goJson(value: unknown, order?: FieldOrder): unknown {
  if (Array.isArray(value)) return value.map(item => goJson(item, order));
  if (typeof value !== 'object' || value === null) return value;
  const source = value as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  for (const entry of order ?? []) {
    const [name, inner] = typeof entry === 'string' ? [entry, undefined] : entry;
    if (source[name] !== undefined) out[name] = goJson(source[name], inner);
  }
  for (const name of Object.keys(source).sort()) {
    if (!(name in out) && source[name] !== undefined) out[name] = goJson(source[name]);
  }
  return out;
}
