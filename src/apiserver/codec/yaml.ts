/**
 * YAML as Kubernetes' clients and servers have it: version 1.1, read as JSON is (no times, sets or
 * binaries), written with sorted keys.
 */
import { LineCounter, parseDocument, stringify, type Tags } from 'yaml';

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

/** @throws YamlError */
export function readYaml(text: string): YamlDocument {
  if (isTooDeep(text)) throw new YamlError(`exceeded max depth of ${MAX_DEPTH}`);
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
  });
  const duplicates: string[] = [];
  for (const error of document.errors) {
    const { line } = lines.linePos(error.pos[0]);
    if (error.code !== 'DUPLICATE_KEY')
      throw new YamlError(`line ${line}: ${error.message}`, { cause: error });
    duplicates.push(`line ${line}: key ${keyAt(text.slice(error.pos[0]))} already set in map`);
  }
  document.errors.length = 0;
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), duplicates };
  } catch (error) {
    throw new YamlError(error instanceof Error ? error.message : String(error), { cause: error });
  }
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

const TRUE = /^(?:y|yes|on|true)$/i;
const FALSE = /^(?:n|no|off|false)$/i;

/** The key as Go shows it: texts quoted, what YAML makes a boolean or a number as that. */
function keyAt(text: string): string {
  const [, double, single, plain] = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\n:,{}]*))/.exec(text) ?? [];
  const bare = plain?.trim() ?? '';
  if (TRUE.test(bare) || FALSE.test(bare)) return String(TRUE.test(bare));
  return /^-?\d+$/.test(bare) ? bare : JSON.stringify(double ?? single ?? bare);
}

/** Dates and the like stay text, as in JSON. */
function plainTags(tags: Tags): Tags {
  return tags.filter(tag => typeof tag === 'string' || !/timestamp|set|omap|pairs|binary/.test(tag.tag));
}
