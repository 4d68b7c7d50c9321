/**
 * Validation of a value against a structural schema, with the findings, the order and the words of
 * kube-openapi's validator, which upstream shows to clients. Where the old value is known, what
 * has not changed is not found fault with (KEP-4008, CRD validation ratcheting).
 */
import { deepEqual } from '../../base/deep-equal.ts';
import { type FieldError, invalidValue, notSupported, required, tooLong, tooMany } from '../field-error.ts';
import { patternOf } from '../validation/go-pattern.ts';
import { hasFormat } from './formats.ts';
import { numberProblems } from './numbers.ts';
import { additional, hasField, isObject, type JsonObject, type Structural } from './structural.ts';

/** How many checks passed decides which of several alternatives was meant. */
interface Result {
  readonly errors: readonly FieldError[];
  readonly matches: number;
}

interface Place {
  /** As messages name it: relative to what is validated. */
  readonly path: string;
  /** Where what is validated stands in the object: '' or 'status'. */
  readonly base: string;
}

/** No old value can be told to belong to it. */
const NO_OLD = Symbol('no old value');
/** How Go prints the path that such a finding lacks. */
const NOWHERE = '<nil>';

export interface SchemaValidation {
  readonly schema: Structural;
  readonly value: unknown;
  /** Absent on creation. */
  readonly old?: unknown;
  /** Where the value stands: '' or 'status'. */
  readonly base?: string;
}

/** @returns every finding, in upstream's order; empty: the value fits */
export function validateSchema({
  schema,
  value,
  base = '',
  ...rest
}: SchemaValidation): readonly FieldError[] {
  const old = 'old' in rest ? rest.old : NO_OLD;
  return validate(value, old, schema, { path: '', base }).errors;
}

function validate(value: unknown, old: unknown, schema: Structural, place: Place): Result {
  if (old !== NO_OLD && old !== undefined && deepEqual(value, old)) return { errors: [], matches: 1 };
  const typeErrors = typeProblems(value, schema, place);
  if (value === null)
    return merge([{ errors: [...typeErrors, ...enumProblems(value, schema, place)], matches: 0 }]);
  return merge([
    one(typeErrors),
    alternatives(value, old, schema, place),
    ...(typeof value === 'string' ? [one(stringProblems(value, schema, place))] : []),
    ...(typeof value === 'number'
      ? [one(numberProblems(value, schema, place.path).map(p => numberError(p, place)))]
      : []),
    ...(Array.isArray(value) ? [list(value, old, schema, place)] : []),
    one(enumProblems(value, schema, place)),
    ...(isObject(value) ? [object(value, old, schema, place)] : []),
  ]);
}

const one = (errors: readonly FieldError[]): Result => ({ errors, matches: errors.length === 0 ? 1 : 0 });

function merge(results: readonly Result[]): Result {
  return {
    errors: results.flatMap(r => r.errors),
    matches: results.reduce((sum, r) => sum + r.matches, 0),
  };
}

const fieldOf = ({ path, base }: Place): string =>
  base === '' ? path.replace(/^\./, '') : path === '' ? base : `${base}.${path.replace(/^\./, '')}`;

const below = (place: Place, name: string): Place => ({
  ...place,
  path: place.path === '' ? name : `${place.path}.${name}`,
});

const inBody = (place: Place, text: string) => `${place.path} in body ${text}`;

const wrongType = (place: Place, wanted: string, found: string): FieldError => ({
  field: fieldOf(place) || NOWHERE,
  reason: 'FieldValueTypeInvalid',
  body: `Invalid value: ${JSON.stringify(found)}: ${inBody(place, `must be of type ${wanted}: ${JSON.stringify(found)}`)}`,
});

/** Findings that the validator does not tie to a field. */
const loose = (text: string): FieldError => invalidValue(NOWHERE, '', text);

function numberError(problem: { readonly value?: number; readonly text: string }, place: Place): FieldError {
  return problem.value === undefined
    ? loose(problem.text)
    : invalidValue(fieldOf(place), problem.value, inBody(place, problem.text));
}

function typesOf(schema: Structural): readonly string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string'];
  return schema.type ? [schema.type] : [];
}

function typeProblems(value: unknown, schema: Structural, place: Place): FieldError[] {
  const types = typesOf(schema);
  const { format = '' } = schema;
  if (types.length === 0 && format === '') return [];
  if (value === null)
    return types.length > 0 && !schema.nullable ? [wrongType(place, types.join(','), 'null')] : [];
  const [type, goFormat] = typeOf(value);
  const whole = type === 'number' && Number.isSafeInteger(value) && types.includes('integer');
  const widens = type === 'integer' && types.includes('number');
  const fits = types.includes(type) || whole || widens;
  const textual = typeof value === 'string' || Array.isArray(value);
  if (!textual && format !== '' && !fits) return [wrongType(place, format, goFormat)];
  if (textual && format !== '' && !types.includes('number') && !types.includes('integer')) return [];
  return fits || types.length === 0 ? [] : [wrongType(place, types.join(','), type)];
}

/** The JSON type, and the format Go's type has. */
function typeOf(value: unknown): readonly [type: string, format: string] {
  if (Array.isArray(value)) return ['array', ''];
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? ['integer', 'int64'] : ['number', 'double'];
  if (typeof value === 'boolean') return ['boolean', ''];
  return [typeof value === 'string' ? 'string' : 'object', ''];
}

function stringProblems(text: string, schema: Structural, place: Place): FieldError[] {
  const { minLength, maxLength, pattern, format } = schema;
  const length = Array.from(text).length;
  const found: FieldError[] = [];
  if (maxLength !== undefined && length > maxLength) found.push(tooLong(fieldOf(place), maxLength));
  else if (minLength !== undefined && length < minLength)
    found.push(
      invalidValue(fieldOf(place), text, inBody(place, `should be at least ${minLength} chars long`)),
    );
  else if (pattern && !patternOf(pattern)?.test(text))
    found.push(invalidValue(fieldOf(place), text, inBody(place, `should match '${pattern}'`)));
  if (format && !hasFormat(format, text))
    found.push({
      ...invalidValue(
        fieldOf(place),
        text,
        inBody(place, `must be of type ${format}: ${JSON.stringify(text)}`),
      ),
      reason: 'FieldValueTypeInvalid',
    });
  return found;
}

function enumProblems(value: unknown, { enum: allowed = [] }: Structural, place: Place): FieldError[] {
  if (allowed.length === 0 || allowed.some(other => deepEqual(other, value))) return [];
  const shown = allowed.map(other => (typeof other === 'string' ? other : JSON.stringify(other)));
  return [notSupported(fieldOf(place), value, shown)];
}

function list(value: readonly unknown[], old: unknown, schema: Structural, place: Place): Result {
  const { items, minItems, maxItems, uniqueItems } = schema;
  const results = items
    ? value.map((item, i) =>
        validate(item, oldItem(item, old, schema), items, { ...place, path: `${place.path}[${i}]` }),
      )
    : [];
  const own: FieldError[] = [];
  if (minItems !== undefined && value.length < minItems)
    own.push(
      invalidValue(fieldOf(place), value.length, inBody(place, `should have at least ${minItems} items`)),
    );
  if (maxItems !== undefined && value.length > maxItems)
    own.push(tooMany(fieldOf(place), value.length, maxItems));
  if (uniqueItems && value.some((item, i) => value.slice(0, i).some(other => deepEqual(other, item))))
    own.push(invalidValue(fieldOf(place), '', inBody(place, "shouldn't contain duplicates")));
  return merge([...results, one(own)]);
}

/** Items of list maps are the same by their keys; those of other lists are nobody's successors. */
function oldItem(item: unknown, old: unknown, schema: Structural): unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old) || !isObject(item)) return NO_OLD;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return old.find(other => isObject(other) && keys.every(key => deepEqual(other[key], item[key]))) ?? NO_OLD;
}

function object(value: JsonObject, old: unknown, schema: Structural, place: Place): Result {
  const { minProperties, maxProperties, additionalProperties } = schema;
  const size = Object.keys(value).length;
  const own: FieldError[] = [];
  if (minProperties !== undefined && size < minProperties)
    own.push(
      invalidValue(fieldOf(place), size, inBody(place, `should have at least ${minProperties} properties`)),
    );
  if (maxProperties !== undefined && size > maxProperties)
    own.push(tooMany(fieldOf(place), size, maxProperties));
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(value, name)) own.push(required(fieldOf(below(place, name))));
  const others = Object.keys(value).filter(name => !hasField(schema, name));
  if (additionalProperties === false)
    for (const name of others)
      own.push(invalidValue(fieldOf(place), '', `${place.path}.${name} in body is a forbidden property`));
  const oldField = (name: string) => (isObject(old) && Object.hasOwn(old, name) ? old[name] : NO_OLD);
  const rest = additional(schema);
  return merge([
    one(own),
    ...(rest ? others.map(name => validate(value[name], oldField(name), rest, below(place, name))) : []),
    ...Object.entries(schema.properties ?? {})
      .filter(([name]) => Object.hasOwn(value, name))
      .map(([name, property]) => validate(value[name], oldField(name), property, below(place, name))),
  ]);
}

/** anyOf, oneOf, allOf, not: what the likeliest alternative found comes after what is said of all. */
function alternatives(value: unknown, old: unknown, schema: Structural, place: Place): Result {
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  const try_ = (list: readonly Structural[]) => list.map(other => validate(value, old, other, place));
  const name = JSON.stringify(place.path);
  const results: Result[] = [];
  const any = try_(anyOf);
  if (anyOf.length > 0) {
    const valid = any.find(r => r.errors.length === 0);
    if (!valid) results.push(one([loose(`${name} must validate at least one schema (anyOf)`)]));
    results.push(valid ?? likeliest(any));
  }
  const exact = try_(oneOf);
  if (oneOf.length > 0) {
    const valid = exact.filter(r => r.errors.length === 0);
    const found = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
    if (valid.length !== 1)
      results.push(one([loose(`${name} must validate one and only one schema (oneOf). ${found}`)]));
    if (valid.length <= 1) results.push(valid[0] ?? likeliest(exact));
  }
  const all = try_(allOf);
  const passed = all.filter(r => r.errors.length === 0).length;
  results.push(...all);
  if (passed < all.length)
    results.push(
      one([loose(`${name} must validate all the schemas (allOf)${passed === 0 ? '. None validated' : ''}`)]),
    );
  if (not && validate(value, old, not, place).errors.length === 0)
    results.push(one([loose(`${name} must not validate the schema (not)`)]));
  return merge([...results, { errors: [], matches: 1 }]);
}

const likeliest = (results: readonly Result[]): Result =>
  results.reduce((best, other) => (other.matches > best.matches ? other : best));
