/** Drops the fields that a structural schema does not name (upstream's apiserver/schema/pruning). */
import {
  fieldSchema,
  hasField,
  isEmbedded,
  isObject,
  META_FIELDS,
  preserves,
  type Structural,
} from './structural.ts';

/** Changes `object`, a whole custom resource. Returns the paths of what was dropped, sorted. */
export function prune(object: unknown, schema: Structural): readonly string[] {
  const unknown: string[] = [];
  pruneValue(object, { ...schema, 'x-kubernetes-embedded-resource': true }, '', unknown);
  return unknown.sort();
}

function pruneValue(value: unknown, schema: Structural | undefined, path: string, unknown: string[]): void {
  const keepsAll = preserves(schema);
  if (Array.isArray(value)) {
    value.forEach((item, i) => pruneItem(item, schema, keepsAll, `${path}[${i}]`, unknown));
  } else if (isObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      if (schema && isEmbedded(schema) && META_FIELDS.has(name)) continue;
      const where = path === '' ? name : `${path}.${name}`;
      const inner = schema && fieldSchema(schema, name);
      if (inner) pruneValue(field, inner, where, unknown);
      else if (!keepsAll) {
        if (schema && hasField(schema, name)) continue;
        unknown.push(where);
        delete value[name];
      }
    }
  }
}

/** What is kept whole is looked into only where the schema says more about it. */
function pruneItem(
  item: unknown,
  schema: Structural | undefined,
  keepsAll: boolean,
  path: string,
  unknown: string[],
): void {
  if (keepsAll && !schema?.items) return;
  pruneValue(
    item,
    keepsAll ? { ...schema?.items, 'x-kubernetes-preserve-unknown-fields': true } : schema?.items,
    path,
    unknown,
  );
}
