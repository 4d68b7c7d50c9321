/** What a body says it is, which upstream's decoder reads before anything else. */
import { DecodeError } from './decode.ts';
import { DuplicateKeys, RawNumber } from './json-reader.ts';

export interface TypeHead {
  /** '' when it is not said. */
  readonly apiVersion: string;
  readonly kind: string;
}

/** As Go names what it reads them into. */
const HEAD_TYPE =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Nothing at all says nothing. @throws DecodeError: no object, or a type that is no text */
export function readTypeHead(value: unknown): TypeHead {
  const head = { apiVersion: '', kind: '' };
  if (value === null || value === undefined) return head;
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof RawNumber)
    throw cannot(value, `Go value of type ${HEAD_TYPE}`);
  const source = (value instanceof DuplicateKeys ? value.toJSON() : value) as Record<string, unknown>;
  for (const name of ['apiVersion', 'kind'] as const) {
    const given = source[name];
    if (given === undefined || given === null) continue;
    if (typeof given !== 'string') throw cannot(given, `Go struct field .${name} of type string`);
    head[name] = given;
  }
  return head;
}

function cannot(value: unknown, into: string): DecodeError {
  return new DecodeError(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${kindOf(value)} into ${into}`,
  );
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value instanceof RawNumber ? 'number' : typeof value;
}
