/**
 * JSON.parse where it tells all there is to know, the slow reader where it does not. One scan of
 * the text, which skips strings by indexOf, finds: keys that JSON.parse has merged, numbers whose
 * spelling matters, surrogate escapes, and nesting that is too deep.
 */
import { readJson } from './json-reader.ts';
import { JsonSyntaxError, MAX_DEPTH } from './json-syntax-error.ts';

/**
 * The value, with RawNumber and DuplicateKeys where needed. Throws JsonSyntaxError with Go's
 * message. `duplicates: false` where keys that occur twice do not matter: the last one wins.
 */
export function parseJson(text: string, options: { readonly duplicates: boolean }): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const found = readJson(text);
    // Not reached: what JSON.parse refuses, the reader refuses with a better message.
    throw new JsonSyntaxError(`invalid JSON: ${String(found)}`, { cause });
  }
  const scan = scanText(text);
  if (scan.depth > MAX_DEPTH || scan.special) return readJson(text);
  if (options.duplicates && scan.keys !== countKeys(value)) return readJson(text);
  return value;
}

interface Scan {
  readonly keys: number;
  readonly depth: number;
  readonly special: boolean;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Of text that JSON.parse accepts. */
function scanText(text: string): Scan {
  let keys = 0;
  let depth = 0;
  let deepest = 0;
  let digits = 0;
  let special = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 48 && c <= 57) {
      if (++digits > 15) special = true;
      continue;
    }
    digits = 0;
    if (c === QUOTE) {
      i = stringEnd(text, i);
    } else if (c === 58) {
      keys++;
    } else if (c === 123 || c === 91) {
      if (++depth > deepest) deepest = depth;
    } else if (c === 125 || c === 93) {
      depth--;
    } else if (c === 46 || c === 69 || (c === 101 && isDigit(text.charCodeAt(i - 1)))) {
      special = true;
    }
  }
  if (!special && /\\u[dD][89a-fA-F]/.test(text)) special = true;
  return { keys, depth: deepest, special };
}

const isDigit = (c: number) => c >= 48 && c <= 57;

/** The index of the quote that ends the string that starts at `start`. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
}

/** Iterative: the value may be nested deeper than the stack allows. */
function countKeys(root: unknown): number {
  let count = 0;
  const rest: unknown[] = [root];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object' && item !== null) rest.push(item);
      continue;
    }
    for (const item of Object.values(value)) {
      count++;
      if (typeof item === 'object' && item !== null) rest.push(item);
    }
  }
  return count;
}
