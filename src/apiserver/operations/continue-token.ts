/**
 * Continue tokens: opaque to clients, in upstream's form (base64url of JSON), so that what
 * upstream's own tests and tools send is understood: the revision of the first page and the key
 * after which to go on. Revision -1 means "the newest, whatever the first page showed".
 */
import { parseJson } from '../../api/schema/json-parse.ts';
import { RawNumber } from '../../api/schema/json-reader.ts';
import { badRequest, type StatusError } from '../../api/status-error.ts';

const VERSION = 'meta.k8s.io/v1';
export const INCONSISTENT = -1;

export interface ContinueToken {
  readonly revision: number;
  /** Relative to the list's prefix: the last object given. */
  readonly after: string;
}

export function encodeContinue({ revision, after }: ContinueToken): string {
  const json = JSON.stringify({ v: VERSION, rv: revision, start: `${after}\u0000` });
  return Buffer.from(json).toString('base64url');
}

/** @throws StatusError 400 */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parse(text);
  if (v !== VERSION) throw invalidToken(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw invalidToken(`incorrect encoded start resourceVersion (version ${VERSION})`);
  if (start === '') throw invalidToken(`encoded start key empty (version ${VERSION})`);
  const key = start.startsWith('/') ? start.slice(1) : start;
  if (!isClean(key)) throw invalidToken(start);
  return {
    revision: rv < 0 ? INCONSISTENT : rv,
    after: key.endsWith('\u0000') ? key.slice(0, -1) : before(key),
  };
}

/** The greatest string below `start`, as far as names go: the token names the first key to give. */
const before = (start: string) =>
  start &&
  start.slice(0, -1) + String.fromCharCode(Math.max(0, start.charCodeAt(start.length - 1) - 1)) + '\uffff';

/** Go's path.Clean would leave it: nothing leads out of the list. */
const isClean = (key: string) =>
  key === '' || key.split('/').every(part => part !== '' && part !== '..' && part !== '.');

interface Fields {
  readonly v: string;
  readonly rv: number;
  readonly start: string;
}

function parse(text: string): Fields {
  const wrong = firstNoBase64(text);
  if (wrong !== undefined) throw invalidToken(`illegal base64 data at input byte ${wrong}`);
  return fieldsOf(json(Buffer.from(text, 'base64url').toString()));
}

/** Where Go's decoder of base64url without padding stops: at a foreign byte, or at one that is left alone. */
function firstNoBase64(text: string): number | undefined {
  const bytes = Buffer.from(text);
  const foreign = bytes.findIndex(byte => !/[A-Za-z0-9_-]/.test(String.fromCharCode(byte)));
  if (foreign >= 0) return foreign;
  return bytes.length % 4 === 1 ? bytes.length - 1 : undefined;
}

function json(text: string): unknown {
  try {
    return parseJson(text, { duplicates: false });
  } catch (error) {
    throw invalidToken(error instanceof Error ? error.message : String(error));
  }
}

function fieldsOf(value: unknown): Fields {
  if (value === null) return { v: '', rv: 0, start: '' };
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof RawNumber)
    throw cannotRead(value, 'Go value of type storage.continueToken');
  const { v, rv, start } = value as { v?: unknown; rv?: unknown; start?: unknown };
  if (typeof (v ?? '') !== 'string') throw cannotRead(v, 'Go struct field continueToken.v of type string');
  if (!Number.isSafeInteger(rv ?? 0)) throw cannotRead(rv, 'Go struct field continueToken.rv of type int64');
  if (typeof (start ?? '') !== 'string')
    throw cannotRead(start, 'Go struct field continueToken.start of type string');
  return { v: (v ?? '') as string, rv: (rv ?? 0) as number, start: (start ?? '') as string };
}

function cannotRead(value: unknown, into: string): StatusError {
  return invalidToken(`json: cannot unmarshal ${shownAs(value, into)} into ${into}`);
}

function shownAs(value: unknown, into: string): string {
  if (typeof value === 'number' || value instanceof RawNumber) {
    const text = value instanceof RawNumber ? value.text : String(value);
    return into.endsWith('int64') ? `number ${text}` : 'number';
  }
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}

const invalidToken = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
