/** The body of an apply: YAML, of which JSON is a part. */
import { parseJson } from '../../api/schema/json-parse.ts';
import { DuplicateKeys } from '../../api/schema/json-reader.ts';
import { badRequest } from '../../api/status-error.ts';
import { readYaml, type YamlDocument, YamlError } from '../codec/yaml.ts';

export interface ParsedConfig {
  readonly value: object;
  /** `line 4: key "k" already set in map`; the last one counts. */
  readonly duplicates: readonly string[];
}

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
  const { value: read, duplicates } = documentOf(text);
  const value = read ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kindOf(value)} into Go value of type map[string]interface {}`,
    );
  return { value, duplicates };
}

function documentOf(text: string): YamlDocument {
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
