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

/** The schema of the field; undefined: there is no such field. */
function schemaAt(path: string, schema: Schema): Schema | undefined {
  let here: Schema | undefined = schema;
  let rest = path;
  while (rest !== '' && here) {
    const step = /^\.([A-Za-z_][A-Za-z0-9_-]*)/.exec(rest) ?? /^\['((?:[^'\\]|\\.)*)'\]/.exec(rest);
    if (!step) return undefined;
    const name: string = step[1] ?? '';
    const bracket = rest.startsWith('[');
    const property: Schema | undefined = here.properties?.[name];
    here = property ?? (bracket || here.type === 'object' ? additionalOf(here) : undefined);
    rest = rest.slice(step[0].length);
  }
  return here;
}

export const isFieldPath = (path: string, schema: Schema): boolean =>
  path !== '' && schemaAt(path, schema) !== undefined;

export function validateSelectableFields(
  fields: readonly { readonly jsonPath: string }[],
  schema: Schema,
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath }, i) => {
    const where = `${indexed(path, i)}.jsonPath`;
    if (!jsonPath) return [required(where)];
    const field = schemaAt(jsonPath, schema);
    if (!field) return [invalidValue(where, jsonPath, 'is an invalid path: does not refer to a valid field')];
    const wrong: FieldError[] = [];
    if (/^\.metadata(?:\.|\[|$)/.test(jsonPath))
      wrong.push(invalidValue(where, jsonPath, 'must not point to fields in metadata'));
    if (!SELECTABLE_TYPES.includes(field.type ?? '')) {
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
