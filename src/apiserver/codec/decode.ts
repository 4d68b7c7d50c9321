/** The decode stage: from a body to an object of the kind that the URL asks for. */
import type { KindDefinition } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import {
  type Decoded,
  decode,
  decodeBody,
  type FieldValidation,
  unrecognized,
} from '../../api/schema/decode-body.ts';
import { parseJson } from '../../api/schema/json-parse.ts';
import { badRequest } from '../../api/status-error.ts';
import type { Exchange, ResourceExchange } from '../exchange.ts';
import { type BodyFormat, bodyFormat, unsupportedMediaType } from './body.ts';
import { dropDuplicateOwners } from './owner-references.ts';
import { protobufBody } from './protobuf-body.ts';
import { readYaml, type YamlDocument, YamlError } from './yaml.ts';

export type DecodedKind = Pick<KindDefinition, 'group' | 'version' | 'kind' | 'schema' | 'custom'>;

/** Decodes the body as the resource's kind, or as `kind`, which may depend on what it says it is. @throws StatusError 400, 413, 415, 422 */
export async function decodeObject(
  exchange: ResourceExchange,
  kind: DecodedKind | ((body: Buffer) => DecodedKind) = exchange.resource.definition,
): Promise<KubeObject> {
  const fieldValidation = fieldValidationOf(exchange.request.query);
  const format = bodyFormat(exchange.request);
  const body = await exchange.request.body();
  const sent = typeof kind === 'function' ? kind(body) : kind;
  const decoded = decodeBytes(sent, body, format, fieldValidation);
  warnAll(exchange, decoded.warnings);
  decoded.object.metadata ??= {};
  dropDuplicateOwners(decoded.object, exchange.caller);
  return decoded.object;
}

function decodeBytes(
  kind: DecodedKind,
  bytes: Buffer,
  format: BodyFormat,
  fieldValidation: FieldValidation,
): Decoded {
  if (format === 'json') return decodeBody(kind, bytes, { fieldValidation });
  if (format === 'yaml') {
    const text = bytes.toString();
    const { value, duplicates } = recognized(kind, bytes, () => yamlDocument(text));
    const strictErrors =
      fieldValidation === 'Strict' && duplicates.length > 0
        ? [`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`]
        : duplicates;
    return decode(kind, value, { fieldValidation, strictErrors }, text);
  }
  // There are no messages of kinds that were made at run time.
  if (kind.custom) throw unsupportedMediaType();
  const type = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  const value = protobufBody(bytes, type, why => unrecognized(kind, bytes, why));
  return decode(kind, value, { fieldValidation: 'Ignore' }, '');
}

/** @throws StatusError 400 for what is no YAML */
function recognized<T>(kind: DecodedKind, bytes: Buffer, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof YamlError ? unrecognized(kind, bytes, error.message) : error;
  }
}

/** @throws YamlError */
function yamlDocument(text: string): YamlDocument {
  const { value, duplicates } = readYaml(text);
  try {
    // Through JSON, as upstream: its rules for strings and depth are those of every body.
    return { value: parseJson(JSON.stringify(value ?? null), { duplicates: false }), duplicates };
  } catch (error) {
    throw new YamlError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @throws StatusError 400 */
export function yamlValue(text: string): unknown {
  try {
    return yamlDocument(text).value;
  } catch (error) {
    throw error instanceof YamlError ? badRequest(error.message) : error;
  }
}

function warnAll({ caller }: Exchange, texts: readonly string[]): void {
  for (const text of texts) caller.warn(text);
}

const LEVELS: readonly string[] = ['Ignore', 'Warn', 'Strict'];

/** ?fieldValidation; Warn when absent. Other values have been refused (verbs/write-options.ts). */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  return LEVELS.includes(value) ? (value as FieldValidation) : 'Warn';
}
