/** Finds what the schema says of a place in an object: for patches, Table and explain. */
import { allSchemas, structType } from './compile.ts';
import type { Field, FieldType, StructType } from './types.ts';

/** The struct behind a type: its own, or that of a list's elements or a map's values. */
function structOf(type: FieldType): StructType | undefined {
  switch (type.kind) {
    case 'struct':
    case 'structOrAny':
      return type.struct();
    case 'list':
      return structOf(type.items);
    case 'map':
      return structOf(type.values);
    default:
      return undefined;
  }
}

/**
 * The field at a path of names, from the type with that OpenAPI id: lists and maps are passed
 * through, so `fieldAt(pod, ['spec', 'containers', 'ports'])` needs no index. Undefined: no such field.
 */
export function fieldAt(id: string, path: readonly string[]): Field | undefined {
  let struct: StructType | undefined = structType(id);
  let field: Field | undefined;
  for (const name of path) {
    field = struct?.fields.get(name);
    if (!field) return undefined;
    struct = structOf(field.type);
  }
  return field;
}

let kinds: ReadonlyMap<string, string> | undefined;

/** The OpenAPI id of a kind, or undefined when upstream knows none: `kindId('apps', 'v1', 'Deployment')`. */
export function kindId(group: string, version: string, kind: string): string | undefined {
  if (!kinds) {
    const map = new Map<string, string>();
    for (const [id, schema] of Object.entries(allSchemas())) {
      for (const g of schema['x-kubernetes-group-version-kind'] ?? []) {
        map.set(`${g.group}/${g.version}/${g.kind}`, id);
      }
    }
    kinds = map;
  }
  return kinds.get(`${group}/${version}/${kind}`);
}
