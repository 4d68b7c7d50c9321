/** Paths to fields of a custom resource, as rules and selectable fields name them: `.spec.size`, `.map['key']`. */
import {
  duplicate,
  type FieldError,
  at as indexed,
  invalidValue,
  required,
  tooMany,
} from '../field-error.ts';
import { additionalOf, type Schema } from './schema.ts';

const MAX_SELECTABLE = 8;
const SELECTABLE_TYPES = ['string', 'boolean', 'integer'];

type Found = { readonly schema: Schema } | { readonly why: string };

const NO_FIELD = 'does not refer to a valid field';
const NO_END = 'unexpected end of JSON path';
/** A quoted name, a delimiter, or what stands between delimiters. */
const TOKEN = /'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]]+/gs;

/** The schema of the field, or why there is none, in upstream's words (apiextensions ValidFieldPath). */
function fieldAt(path: string, schema: Schema): Found {
  let here: Schema | undefined = schema;
  const tokens = path.match(TOKEN) ?? [];
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] ?? '';
    if (token !== '.' && token !== '[') return { why: `expected [ or . but got: ${token}` };
    const name = tokens[++i];
    if (name === undefined) return { why: NO_END };
    if (token === '[') {
      const quoted = name.length > 2 && name.startsWith("'") && name.endsWith("'");
      if (!quoted) return { why: 'array notation is not allowed' };
      const close = tokens[++i];
      if (close === undefined) return { why: NO_END };
      if (close !== ']') return { why: `expected ] but got: ${close}` };
    }
    here = fieldOf(here, token === '[' ? name.slice(1, -1).replace(/\\(.)/gs, '$1') : name);
    if (!here) return { why: NO_FIELD };
  }
  return { schema: here };
}

const fieldOf = (schema: Schema, name: string): Schema | undefined =>
  schema.properties ? schema.properties[name] : additionalOf(schema);

export const isFieldPath = (path: string, schema: Schema): boolean =>
  path !== '' && 'schema' in fieldAt(path, schema);

export function validateSelectableFields(
  fields: readonly { readonly jsonPath: string }[],
  schema: Schema,
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath }, i) => {
    const where = `${indexed(path, i)}.jsonPath`;
    if (!jsonPath) return [required(where)];
    const found = fieldAt(jsonPath, schema);
    if ('why' in found) return [invalidValue(where, jsonPath, `is an invalid path: ${found.why}`)];
    const wrong: FieldError[] = [];
    if (/^\.metadata(?:\.|\[|$)/.test(jsonPath))
      wrong.push(invalidValue(where, jsonPath, 'must not point to fields in metadata'));
    if (!SELECTABLE_TYPES.includes(found.schema.type ?? '')) {
      const why =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      wrong.push(invalidValue(where, jsonPath, why));
    }
    if (seen.has(jsonPath)) wrong.push(duplicate(where, jsonPath));
    seen.add(jsonPath);
    return wrong;
  });
  return seen.size > MAX_SELECTABLE ? [...errors, tooMany(path, seen.size, MAX_SELECTABLE)] : errors;
}
