/**
 * From the bytes of a request to an object of the expected kind: JSON, then its apiVersion and
 * kind, then its fields. Answers 400 with upstream's texts for all that does not fit.
 */
import { invalidValue } from '../field-error.ts';
import type { KindDefinition } from '../kind.ts';
import { apiVersionOf, type KubeObject } from '../object.ts';
import { badRequest, invalid, type StatusError } from '../status-error.ts';
import { type DecodedType, DecodeError, decodeType } from './decode.ts';
import { rememberEmptyLists, rememberLeftOutLists } from './empty-lists.ts';
import { parseJson } from './json-parse.ts';
import { JsonSyntaxError } from './json-syntax-error.ts';
import { isKnownKind } from './known-kinds.ts';
import { readTypeHead, type TypeHead } from './type-head.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation;
  /** What reading the body found already. */
  readonly strictErrors?: readonly string[];
}

export interface Decoded<T extends KubeObject = KubeObject> {
  readonly object: T;
  /** Texts of Warning headers. */
  readonly warnings: readonly string[];
}

type Expected = Pick<KindDefinition, 'group' | 'version' | 'kind' | 'schema' | 'custom'>;

/** Decodes a JSON body. Throws a StatusError (400). */
export function decodeBody<T extends KubeObject>(
  expected: Expected,
  body: Uint8Array | string,
  options: DecodeOptions,
): Decoded<T> {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  let value: unknown;
  try {
    // Also when nobody is to be warned: Go merges the objects of a key that occurs twice.
    value = parseJson(text, { duplicates: true });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw unrecognized(expected, text, `couldn't get version/kind; json parse error: ${error.message}`);
  }
  return decode(expected, value, options, text);
}

/**
 * Decodes parsed JSON, as YAML or a patch gives it. `text`, the body, is only shown in messages.
 * Throws a StatusError (400).
 */
export function decode<T extends KubeObject>(
  expected: Expected,
  value: unknown,
  options: DecodeOptions,
  text: string = JSON.stringify(value) ?? '',
): Decoded<T> {
  const cannot = checkKind(expected, value, text);
  let decoded: DecodedType;
  try {
    decoded = expected.custom ? expected.custom.decode(value) : decodeType(expected.schema, value);
  } catch (error) {
    if (error instanceof DecodeError) throw cannot(error.message);
    throw error;
  }
  const strictErrors =
    options.fieldValidation === 'Ignore' ? [] : [...(options.strictErrors ?? []), ...decoded.strictErrors];
  if (options.fieldValidation === 'Strict' && strictErrors.length > 0) {
    throw cannot(`strict decoding error: ${strictErrors.join(', ')}`);
  }
  const object = { apiVersion: apiVersionOf(expected), kind: expected.kind, ...decoded.value };
  object.apiVersion = apiVersionOf(expected);
  object.kind = expected.kind;
  keepManagedFieldsReset(value, object);
  rememberEmptyLists(object, decoded.emptyLists);
  rememberLeftOutLists(object, decoded.leftOut);
  return { object: object as unknown as T, warnings: strictErrors };
}

/** An empty managedFields is no absent one: it asks to forget all managers (apply/field-manager.ts). */
function keepManagedFieldsReset(sent: unknown, object: Record<string, unknown>): void {
  const entries = (sent as { metadata?: { managedFields?: unknown } | null } | null)?.metadata?.managedFields;
  const metadata = object['metadata'] as Record<string, unknown> | undefined;
  if (metadata && Array.isArray(entries) && entries.length === 0) metadata['managedFields'] = [];
}

/** Checks apiVersion and kind; returns how errors about the rest are worded. */
function checkKind(expected: Expected, value: unknown, text: string): (why: string) => StatusError {
  const head = headOf(expected, value, text);
  if (expected.custom && head.kind === '')
    throw unrecognized(expected, text, `Object 'Kind' is missing in '${text}'`);
  const kind = head.kind || expected.kind;
  const apiVersion = head.apiVersion || (expected.custom ? '' : apiVersionOf(expected));
  const parts = apiVersion.split('/');
  if (parts.length > 2) throw unrecognized(expected, text, `unexpected GroupVersion string: ${apiVersion}`);
  const version = parts.at(-1) ?? '';
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  const cannot = (why: string) =>
    badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${why}`,
    );
  if (version === '' && !expected.custom) throw cannot(`Object 'apiVersion' is missing in '${text}'`);
  if (group === expected.group && version === expected.version && kind === expected.kind) return cannot;
  if (expected.custom && group === expected.group && version === expected.version)
    throw otherCustomKind(expected, kind, value);
  const known = expected.custom ? 'otherVersion' : isKnownKind({ group, version, kind }, expected);
  if (known === 'otherVersion') {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(expected)})`,
    );
  }
  if (known === 'otherKind') {
    const internal = `${expected.group === '' ? 'core' : (expected.group.split('.')[0] ?? '')}.${expected.kind}`;
    throw cannot(`converting (${version}.${kind}) to (${internal}): unknown conversion`);
  }
  throw cannot(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "${schemeOf(expected.group)}"`,
  );
}

/** Any kind can be read without a type; what is wrong with it is found by validation. */
function otherCustomKind(expected: Expected, kind: string, value: unknown): StatusError {
  const name = (value as { metadata?: { name?: unknown } | null }).metadata?.name;
  return invalid({ group: expected.group, kind }, typeof name === 'string' ? name : '', [
    invalidValue('kind', kind, `must be ${expected.kind}`),
  ]);
}

/** Upstream names the place in its source where the group's scheme is made. */
function schemeOf(group: string): string {
  return group === 'apiregistration.k8s.io'
    ? 'k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:28'
    : 'pkg/api/legacyscheme/scheme.go:30';
}

function headOf(expected: Expected, value: unknown, text: string): TypeHead {
  try {
    return readTypeHead(value);
  } catch (error) {
    throw error instanceof DecodeError ? unrecognized(expected, text, error.message) : error;
  }
}

/** The body does not even say what it is. */
export function unrecognized(
  expected: Pick<Expected, 'kind'>,
  body: string | Uint8Array,
  why: string,
): StatusError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(body)})`,
  );
}

const OPENING_BRACE = 0x7b;

/** The beginning of the body: as text when it looks like an object, else as hexadecimal. */
function summary(body: string | Uint8Array, max = 30): string {
  const bytes = Buffer.from(body);
  if (bytes.length === 0) return '<empty>';
  const shown = bytes.subarray(0, max);
  const more = bytes.length > max ? ' ...' : '';
  return `${bytes[0] === OPENING_BRACE ? shown.toString('utf8') : shown.toString('hex')}${more}`;
}
