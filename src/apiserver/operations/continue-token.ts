/**
 * Continue tokens: opaque to clients, in upstream's form (base64url of JSON), so that what
 * upstream's own tests and tools send is understood: the revision of the first page and the key
 * after which to go on. Revision -1 means "the newest, whatever the first page showed".
 */
import { parseJson } from '../../api/schema/json-parse.ts';
import { badRequest } from '../../api/status-error.ts';

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
  if (v !== VERSION)
    throw invalidToken(`server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0)
    throw invalidToken(`incorrect encoded start resourceVersion (version ${VERSION})`);
  if (typeof start !== 'string' || start === '')
    throw invalidToken(`continue key is not valid: encoded start key empty (version ${VERSION})`);
  if (isDotted(start)) throw invalidToken(start);
  return { revision: rv, after: start.endsWith('\u0000') ? start.slice(0, -1) : before(start) };
}

/** The greatest string below `start`, as far as names go: the token names the first key to give. */
const before = (start: string) =>
  start.slice(0, -1) + String.fromCharCode(Math.max(0, start.charCodeAt(start.length - 1) - 1)) + '\uffff';

const isDotted = (start: string) => start.split('/').some(part => part === '..' || part === '.');

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const decoded =
    /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1 ? Buffer.from(text, 'base64url') : undefined;
  if (!decoded) throw invalidToken('illegal base64 data at input byte 0');
  try {
    const value = parseJson(decoded.toString(), { duplicates: false });
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    throw invalidToken(error instanceof Error ? error.message : String(error));
  }
}

const invalidToken = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
