/** The body of a patch: read, checked for its form, with what strict validation has to say of it. */
import { parseJson } from '../../api/schema/json-parse.ts';
import { DuplicateKeys, RawNumber } from '../../api/schema/json-reader.ts';
import { JsonSyntaxError } from '../../api/schema/json-syntax-error.ts';
import { badRequest } from '../../api/status-error.ts';
import type { PatchType } from './transform.ts';

export interface PatchBody {
  readonly value: unknown;
  /** `duplicate field "x"`, `json patch unknown field "[0].y"`. */
  readonly strictErrors: readonly string[];
}

const FIELDS = new Set(['op', 'path', 'from', 'value']);

/** @throws StatusError 400 */
export function parsePatch(type: PatchType, text: string): PatchBody {
  const raw = parse(type, text);
  const strictErrors: string[] = [];
  const prefix = type === 'json' ? 'json patch ' : '';
  collectDuplicates(raw, '', strictErrors, prefix);
  const value = plain(raw);
  if (type === 'json') return { value: operations(value, strictErrors), strictErrors };
  if (value === null && type === 'merge') throw badRequest('Invalid JSON Patch');
  if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
    throw badRequest(
      `${type === 'strategic' ? '' : 'error decoding patch: '}json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`,
    );
  return { value: value ?? {}, strictErrors };
}

function parse(type: PatchType, text: string): unknown {
  try {
    return parseJson(text, { duplicates: true });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw badRequest(type === 'strategic' ? error.message : `error decoding patch: ${error.message}`);
  }
}

function operations(value: unknown, strictErrors: string[]): unknown {
  if (value === null) return [];
  const fail = (what: unknown, into: string) =>
    badRequest(`error decoding patch: json: cannot unmarshal ${goKind(what)} into Go ${into}`);
  if (!Array.isArray(value)) throw fail(value, 'value of type []handlers.jsonPatchOp');
  value.forEach((operation: unknown, i) => {
    if (operation === null) return;
    if (typeof operation !== 'object' || Array.isArray(operation))
      throw fail(operation, 'value of type handlers.jsonPatchOp');
    const fields = operation as Record<string, unknown>;
    for (const name of ['op', 'path', 'from'])
      if (fields[name] !== undefined && fields[name] !== null && typeof fields[name] !== 'string')
        throw fail(fields[name], `struct field jsonPatchOp.${name} of type string`);
    for (const name of Object.keys(fields))
      if (!FIELDS.has(name)) strictErrors.push(`json patch unknown field "[${i}].${name}"`);
  });
  return value.map((operation: unknown) => operation ?? {});
}

function collectDuplicates(value: unknown, path: string, into: string[], prefix: string): void {
  if (Array.isArray(value)) {
    value.forEach((item, i) => collectDuplicates(item, `${path}[${i}]`, into, prefix));
  } else if (typeof value === 'object' && value !== null && !(value instanceof RawNumber)) {
    const entries = value instanceof DuplicateKeys ? value.entries : Object.entries(value);
    const seen = new Set<string>();
    for (const [key, item] of entries) {
      const where = path === '' ? key : `${path}.${key}`;
      if (seen.has(key)) into.push(`${prefix}duplicate field "${where}"`);
      seen.add(key);
      collectDuplicates(item, where, into, prefix);
    }
  }
}

/** Plain JSON: merging copies objects field by field, which a RawNumber would not survive. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof RawNumber) return Number(value.text);
  if (typeof value !== 'object' || value === null) return value;
  const entries = value instanceof DuplicateKeys ? value.entries : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value instanceof RawNumber ? 'number' : typeof value;
}
