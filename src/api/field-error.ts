/**
 * Validation errors of single fields, with upstream's reasons and wording (apimachinery
 * `util/validation/field`). `field` is the path: spec.containers[0].ports[1].name, or
 * metadata.labels[app] for map keys.
 */
import { goQuote } from './go-quote.ts';

export interface FieldError {
  readonly field: string;
  readonly reason: FieldErrorReason;
  /** All but the path: `Invalid value: "x": must be …`. */
  readonly body: string;
}

export type FieldErrorReason =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

/** A value as upstream prints it in a message: strings quoted, objects as JSON, null as null. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  return typeof value === 'string' ? goQuote(value) : goEscaped(JSON.stringify(value));
}

/** Go's JSON has no character that HTML or JavaScript would read as its own. */
const goEscaped = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

const error = (field: string, reason: FieldErrorReason, body: string): FieldError => ({
  field,
  reason,
  body,
});
const because = (detail: string) => (detail ? `: ${detail}` : '');

export const required = (field: string, detail = ''): FieldError =>
  error(field, 'FieldValueRequired', `Required value${because(detail)}`);

export const invalidValue = (field: string, value: unknown, detail = ''): FieldError =>
  error(field, 'FieldValueInvalid', `Invalid value: ${show(value)}${because(detail)}`);

/** `supported` is printed in the order given (upstream sorts sets and keeps lists). */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError =>
  error(
    field,
    'FieldValueNotSupported',
    `Unsupported value: ${show(value)}: supported values: ${supported.map(s => JSON.stringify(s)).join(', ')}`,
  );

export const duplicate = (field: string, value: unknown): FieldError =>
  error(field, 'FieldValueDuplicate', `Duplicate value: ${show(value)}`);

export const forbiddenField = (field: string, detail: string): FieldError =>
  error(field, 'FieldValueForbidden', `Forbidden${because(detail)}`);

/** `detail` is what went wrong where it could not. */
export const internalError = (field: string, detail: string): FieldError =>
  error(field, 'InternalError', `Internal error: ${detail}`);

export const notFoundField = (field: string, value: unknown): FieldError =>
  error(field, 'FieldValueNotFound', `Not found: ${show(value)}`);

export const tooLong = (field: string, maxBytes: number): FieldError =>
  error(field, 'FieldValueTooLong', `Too long: may not be more than ${maxBytes} bytes`);

export const tooMany = (field: string, actual: number, max: number): FieldError =>
  error(
    field,
    'FieldValueTooMany',
    `Too many: ${actual}: must have at most ${max} item${max === 1 ? '' : 's'}`,
  );

/** `a.b`, or `a[key]` through `at`. An empty base gives the child alone. */
export const child = (base: string, name: string): string => (base ? `${base}.${name}` : name);
export const at = (base: string, key: string | number): string => `${base}[${key}]`;
