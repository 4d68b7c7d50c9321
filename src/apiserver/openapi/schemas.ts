/** The types a document needs: those its operations name, and what they refer to, with their descriptions. Pure. */
import type { JsonObject, Sources } from './sources.ts';

const REF = '#/components/schemas/';

/** `ids` and everything reachable from them, sorted. */
export function closure(ids: Iterable<string>, schemas: Sources['schemas']): string[] {
  const found = new Set<string>();
  const queue = [...ids];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (found.has(id) || !schemas[id]) continue;
    found.add(id);
    queue.push(...refsIn(schemas[id]));
  }
  return [...found].sort();
}

function refsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item.slice(REF.length)] : refsIn(item),
  );
}

const texted = new WeakMap<Sources, Map<string, JsonObject>>();

/** The type with the texts `kubectl explain` shows. Kept: many documents have the same ones. */
export function described(id: string, sources: Sources): JsonObject {
  let known = texted.get(sources);
  if (!known) {
    known = new Map();
    texted.set(sources, known);
  }
  const schema = known.get(id) ?? describe(id, sources);
  known.set(id, schema);
  return schema;
}

function describe(id: string, { schemas, descriptions }: Sources): JsonObject {
  const schema = schemas[id] ?? {};
  const texts = descriptions[id] ?? {};
  const properties = schema['properties'] as Readonly<Record<string, JsonObject>> | undefined;
  return {
    ...(texts[''] ? { description: texts[''] } : {}),
    ...schema,
    ...(properties
      ? { properties: mapValues(properties, (field, name) => withText(field, texts[name])) }
      : {}),
  };
}

function withText(schema: JsonObject, text: string | undefined): JsonObject {
  return text === undefined ? schema : { description: text, ...schema };
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** The id of the type of a kind: the one marked with it. */
export function schemaIdOf(
  gvk: { readonly group: string; readonly version: string; readonly kind: string },
  schemas: Sources['schemas'],
): string | undefined {
  let index = byKind.get(schemas);
  if (!index) {
    index = new Map();
    for (const [id, schema] of Object.entries(schemas))
      for (const mark of marks(schema)) {
        const key = `${mark.group}/${mark.version}/${mark.kind}`;
        // DeleteOptions and the like are marked with every group; the first is meta/v1.
        if (!index.has(key)) index.set(key, id);
      }
    byKind.set(schemas, index);
  }
  return index.get(`${gvk.group}/${gvk.version}/${gvk.kind}`);
}

const byKind = new WeakMap<Sources['schemas'], Map<string, string>>();

function marks(schema: JsonObject): readonly { group: string; version: string; kind: string }[] {
  return (schema['x-kubernetes-group-version-kind'] ?? []) as {
    group: string;
    version: string;
    kind: string;
  }[];
}
