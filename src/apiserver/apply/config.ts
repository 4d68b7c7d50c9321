/** The body of an apply: YAML, of which JSON is a part. */
import { LineCounter, parseDocument, type Tags } from 'yaml';
import { parseJson } from '../../api/schema/json-parse.ts';
import { DuplicateKeys } from '../../api/schema/json-reader.ts';
import { badRequest } from '../../api/status-error.ts';

export interface ParsedConfig {
  readonly value: object;
  /** `line 4: key "k" already set in map`; the last one counts. */
  readonly duplicates: readonly string[];
}

/** Deeper aliases than any configuration has would only serve to exhaust memory. */
const MAX_ALIASES = 100;

/** @throws StatusError 400 */
export function parseConfig(text: string): ParsedConfig {
  return parseJsonConfig(text) ?? parseYamlConfig(text);
}

/** Most clients send JSON, which is read faster; undefined: it is none, or has something to warn of. */
function parseJsonConfig(text: string): ParsedConfig | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    if (hasDuplicates(parseJson(text, { duplicates: true }))) return undefined;
    return { value: JSON.parse(text) as object, duplicates: [] };
  } catch {
    return undefined;
  }
}

function hasDuplicates(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof DuplicateKeys || Object.values(value).some(hasDuplicates);
}

function parseYamlConfig(text: string): ParsedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.1',
    merge: true,
    customTags: plainTags,
  });
  const duplicates: string[] = [];
  for (const error of document.errors) {
    if (error.code !== 'DUPLICATE_KEY') throw badRequest(`error decoding YAML: ${error.message}`);
    const { line } = lines.linePos(error.pos[0]);
    duplicates.push(
      `line ${line}: key ${JSON.stringify(keyAt(text.slice(error.pos[0])))} already set in map`,
    );
  }
  const value = toValue(document);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kindOf(value)} into Go value of type map[string]interface {}`,
    );
  return { value, duplicates };
}

function keyAt(text: string): string {
  const [, double, single, plain] = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\n:,{}]*))/.exec(text) ?? [];
  return double ?? single ?? plain?.trim() ?? '';
}

/** Dates and the like stay text, as in JSON. */
function plainTags(tags: Tags): Tags {
  return tags.filter(tag => typeof tag === 'string' || !/timestamp|set|omap|pairs|binary/.test(tag.tag));
}

function toValue(document: ReturnType<typeof parseDocument>): unknown {
  document.errors.length = 0;
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
