/** Which patch a request carries, and its result decoded as the kind: a patch can make anything. */
import type { KubeObject } from '../../api/object.ts';
import { decode, type FieldValidation } from '../../api/schema/decode-body.ts';
import { parseJson } from '../../api/schema/json-parse.ts';
import { JsonSyntaxError } from '../../api/schema/json-syntax-error.ts';
import { badRequest } from '../../api/status-error.ts';
import { contentTypeOf, unsupportedMediaType } from '../codec/body.ts';
import { type DecodedKind, fieldValidationOf } from '../codec/decode.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { Transform } from '../operations/update.ts';
import { type PatchType, patchTransform } from './transform.ts';

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** @throws StatusError 400, 413, 415, 422 */
export function decodePatch(exchange: ResourceExchange): Promise<Transform> {
  return decodePatchOf(exchange, exchange.resource.definition);
}

/** The same for a patch of another kind's form: a Scale. */
export async function decodePatchOf(exchange: ResourceExchange, kind: DecodedKind): Promise<Transform> {
  const { request } = exchange;
  const type = PATCH_TYPES[contentTypeOf(request)];
  if (!type) throw unsupportedMediaType(Object.keys(PATCH_TYPES));
  const fieldValidation = fieldValidationOf(request.query, 'PatchOptions');
  const bytes = await request.body();
  const apply = patchTransform(kind, type, type === 'apply' ? undefined : parsePatch(bytes.toString()));
  return async old => decodeResult(exchange, kind, await apply(old), fieldValidation);
}

function parsePatch(text: string): unknown {
  try {
    return parseJson(text, { duplicates: false });
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(`error decoding patch: ${error.message}`);
    throw error;
  }
}

function decodeResult(
  { caller }: ResourceExchange,
  kind: DecodedKind,
  patched: KubeObject,
  fieldValidation: FieldValidation,
): KubeObject {
  const { object, warnings } = decode(kind, patched, { fieldValidation });
  for (const text of warnings) caller.warn(text);
  object.metadata ??= {};
  return object;
}
