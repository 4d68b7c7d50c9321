/**
 * YAML as Kubernetes' clients and servers have it: version 1.1, read as JSON is (no times or sets),
 * written with sorted keys.
 */
import {
  type Document,
  isScalar,
  LineCounter,
  parseDocument,
  type ScalarTag,
  stringify,
  type Tags,
  visit,
} from 'yaml';
import { type FirstDocument, firstDocument } from './libyaml/first-document.ts';

/** What is no YAML. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

export interface YamlDocument {
  readonly value: unknown;
  /** `line 4: key "k" already set in map`; the last one counts. */
  readonly duplicates: readonly string[];
}

/** Deeper aliases than any configuration has would only serve to exhaust memory. */
const MAX_ALIASES = 100;

/** Of a key, in an error. */
const MAX_KEY_SHOWN = 1024;

/** Characters that are put before lines so that they are read. */
const MAX_INDENTATION = 4 << 20;

/** No configuration is so deep. The parser recurses, and beyond its stack takes all memory there is. */
const MAX_DEPTH = 500;
const DEEP_ON_ONE_LINE = new RegExp(`(?:[-?:][ \\t]+){${MAX_DEPTH}}`);

/** Brackets in texts count too: so many of them are in none. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5b || c === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if ((c === 0x5d || c === 0x7d) && depth > 0) depth--;
  }
  return DEEP_ON_ONE_LINE.test(text);
}

/** Of the first document; what stands behind it does not count. @throws YamlError, in Go's words */
export function readYaml(text: string): YamlDocument {
  if (isTooDeep(text)) throw new YamlError(`yaml: exceeded max depth of ${MAX_DEPTH}`);
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const first = firstDocument(text);
    if (first.problem !== undefined) throw new YamlError(`yaml: ${first.problem}`, { cause: error });
    return read(indented(text, first));
  }
}

/** The document as our parser reads it too, which wants brackets and quotes deeper than what they are in. */
function indented(text: string, { end, continuations }: FirstDocument): string {
  let width = 1;
  for (const [, spaces = ''] of text.matchAll(/(?:^|\n)( +)/g)) width = Math.max(width, spaces.length + 1);
  // What would serve to exhaust memory stays as it is.
  if (width * continuations.length > MAX_INDENTATION) return text.slice(0, end);
  const parts: string[] = [];
  let from = 0;
  for (const at of continuations) {
    if (at > end) break;
    parts.push(text.slice(from, at), ' '.repeat(width));
    from = at;
  }
  return [...parts, text.slice(from, end)].join('');
}

function read(text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.1',
    merge: true,
    // A client's odd YAML is no warning of this process.
    logLevel: 'error',
    // Showing the place of each of a million errors takes minutes: the first is told by its line.
    prettyErrors: false,
    customTags: plainTags,
    // The parser compares each key with all before: 20,000 of them took it seconds.
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error) {
    const { line } = lines.linePos(error.pos[0]);
    const place = error.message === NO_BASE64 ? '' : `line ${line}: `;
    throw new YamlError(`yaml: ${place}${error.message}`, { cause: error });
  }
  const duplicates = duplicateKeys(document).map(
    at =>
      `line ${lines.linePos(at).line}: key ${keyAt(text.slice(at, at + MAX_KEY_SHOWN))} already set in map`,
  );
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    const number = firstInfinite(value);
    if (number !== undefined) throw new YamlError(`json: unsupported value: ${number}`);
    return { value, duplicates };
  } catch (error) {
    if (error instanceof YamlError) throw error;
    throw new YamlError(`yaml: ${aliasProblem(error)}`, { cause: error });
  }
}

/** Of the numbers that YAML has and JSON has not, the first, as Go writes it. */
function firstInfinite(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  if (typeof value !== 'object' || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const found = firstInfinite(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What our parser finds out only when it puts the values together. */
function aliasProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, unknown] = /^Unresolved alias .*: (.*)$/.exec(message) ?? [];
  if (unknown !== undefined) return `unknown anchor '${unknown}' referenced`;
  return message.startsWith('Excessive alias') ? 'document contains excessive aliasing' : message;
}

/** Keys in order, lists not indented, as Go's library writes it. */
export function writeYaml(value: unknown): string {
  return stringify(value, {
    version: '1.1',
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    // What is shared in memory is not shared on the wire.
    aliasDuplicateObjects: false,
  });
}

/** Where keys start that their map has already, in the order of the text. */
function duplicateKeys(document: Document): number[] {
  const found: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key) || key.value === '<<') continue;
        if (seen.has(key.value)) found.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return found.sort((a, b) => a - b);
}

const TRUE = /^(?:y|yes|on|true)$/i;
const FALSE = /^(?:n|no|off|false)$/i;

/** The key as Go shows it: texts quoted, what YAML makes a boolean or a number as that. */
function keyAt(text: string): string {
  const [, double, single, plain] = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\n:,{}]*))/.exec(text) ?? [];
  const bare = plain?.trim() ?? '';
  if (TRUE.test(bare) || FALSE.test(bare)) return String(TRUE.test(bare));
  return /^-?\d+$/.test(bare) ? bare : JSON.stringify(double ?? single ?? bare);
}

/** Octals as YAML 1.2 writes them: Go reads both. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'OCT',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: text => Number(text.replace(/[-+_]/g, '')) * (text.startsWith('-') ? -1 : 1),
};

const NO_BASE64 = '!!binary value contains invalid base64 data';

/** Base64: Go reads it, and has the text of it. */
const BINARY: ScalarTag = {
  tag: 'tag:yaml.org,2002:binary',
  default: false,
  resolve(text, onError) {
    const base64 = text.replace(/[\r\n]/g, '');
    if (!/^(?:[\w+/]{4})*(?:[\w+/]{4}|[\w+/]{2}==|[\w+/]{3}=)?$/.test(base64) || base64.includes('_'))
      onError(NO_BASE64);
    return Buffer.from(base64, 'base64').toString();
  },
};

/** Dates and the like stay text, as in JSON, and so do numbers to the base of 60 and a lone dot. */
function plainTags(tags: Tags): Tags {
  const plain = tags.filter(
    tag =>
      typeof tag === 'string' ||
      !(/timestamp|set|omap|pairs|binary/.test(tag.tag) || ('format' in tag && tag.format === 'TIME')),
  );
  return [OCTAL, BINARY, ...plain.map(tag => (isFloat(tag) ? { ...tag, test: FLOAT } : tag))];
}

/** With a digit somewhere. */
const FLOAT = /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9_]*[0-9][0-9_]*)$/;

const isFloat = (tag: Tags[number]): tag is ScalarTag =>
  typeof tag !== 'string' &&
  tag.tag === 'tag:yaml.org,2002:float' &&
  'test' in tag &&
  tag.test?.test('1.') === true;
