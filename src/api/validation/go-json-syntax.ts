/**
 * What Go's encoding/json says of text that is not JSON, or not a JSON object: some fields hold
 * JSON in a string, and their validation messages quote the decoder.
 */
import { parseJson } from '../schema/json-parse.ts';
import { JsonSyntaxError } from '../schema/json-syntax-error.ts';

/** The first syntax error; undefined when `text` is one JSON value. */
export function jsonSyntaxError(text: string): string | undefined {
  try {
    parseJson(text, { duplicates: false });
    return undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
}

/** The same for text that must be a JSON object (or null), as decoded into map[string]interface{}. */
export function jsonObjectError(text: string): string | undefined {
  const syntax = jsonSyntaxError(text);
  if (syntax !== undefined) return syntax;
  const value: unknown = JSON.parse(text);
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  return `json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type map[string]interface {}`;
}

/** What Go calls the type of a value that is not null: array, bool, number, object, string. */
export function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
