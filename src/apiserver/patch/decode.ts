/** Which patch a request carries, and its result decoded as the kind: a patch can make anything. */
import { invalidValue } from '../../api/field-error.ts';
import { goFormat } from '../../api/go-format.ts';
import type { KubeObject } from '../../api/object.ts';
import { type Decoded, decode, type FieldValidation } from '../../api/schema/decode-body.ts';
import { unstructuredProblem } from '../../api/schema/unstructured.ts';
import { isStatusError, StatusError } from '../../api/status-error.ts';
import { ownField } from '../../base/own-field.ts';
import type { Writer } from '../apply/field-manager.ts';
import { type ApplyRequest, applyTransform } from '../apply/transform.ts';
import { writerOf } from '../apply/writer.ts';
import { type DecodedKind, fieldValidationOf } from '../codec/decode.ts';
import { dropDuplicateOwners } from '../codec/owner-references.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { WriteOptions } from '../operations/context.ts';
import type { Transform } from '../operations/update.ts';
import { booleanParameter } from '../request-info.ts';
import { checkName } from '../verbs/update.ts';
import { type PatchBody, parsePatch } from './body.ts';
import { type PatchType, patchTransform } from './transform.ts';

const PATCH_TYPES: Readonly<Record<string, PatchType | 'apply'>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** @throws StatusError 400, 413, 415, 422 */
export function decodePatch(exchange: ResourceExchange, options: WriteOptions): Promise<Transform> {
  const { core, resource } = exchange;
  const { manager, subresource = '' } = options;
  return decodePatchOf(exchange, resource.definition, () =>
    writerOf(core, resource, { subresource, manager }),
  );
}

/** In any case (RFC 9110, 8.3.1); upstream knows them in lower case only. @throws StatusError 415 */
export function patchTypeOf({ request, resource }: ResourceExchange): PatchType | 'apply' {
  const sent = (request.header('content-type') ?? '').split(';', 1).join().trim().toLowerCase();
  const type = ownField(PATCH_TYPES, sent) as PatchType | 'apply' | undefined;
  const accepted = resource.definition.custom ? CUSTOM_PATCH_TYPES : undefined;
  if (!type || accepted?.includes(sent) === false) throw unknownPatchType(accepted);
  return type;
}

/** The same for a patch of another kind's form: a Scale. `writer`: on whose behalf an apply is. */
export async function decodePatchOf(
  exchange: ResourceExchange,
  kind: DecodedKind,
  writer: () => Writer,
): Promise<Transform> {
  const { request, caller, target } = exchange;
  const type = patchTypeOf(exchange);
  const fieldValidation = fieldValidationOf(request.query);
  const bytes = await request.body();
  const text = bytes.toString();
  if (type === 'apply') return decodeApply(exchange, { kind, body: text, fieldValidation }, writer);
  let body: PatchBody | undefined;
  return async old => {
    // Not before: what is not there is not there, whatever the patch says.
    body ??= parsePatch(type, text);
    const { value, strictErrors } = body;
    const patched = await patchTransform(kind, type, value)(old);
    const shown = () =>
      type === 'strategic' ? goFormat(value) : type === 'json' ? text : sortedJson(patched);
    const problem = type === 'strategic' ? unstructuredProblem(kind.schema, patched) : undefined;
    if (problem !== undefined) throw invalidPatch(shown(), problem);
    const { object, warnings } = decodeResult(kind, patched, fieldValidation, strictErrors, shown);
    for (const warning of warnings) caller.warn(warning);
    object.metadata ??= {};
    dropDuplicateOwners(object, caller);
    checkName(object, target);
    return object;
  };
}

function decodeApply(
  { request, caller, target }: ResourceExchange,
  { kind, body, fieldValidation }: Pick<ApplyRequest, 'kind' | 'body' | 'fieldValidation'>,
  writer: () => Writer,
): Transform {
  const force = booleanParameter(request.query.get('force'));
  const apply = applyTransform({ kind, body, fieldValidation, force, warn: text => caller.warn(text) });
  return old => {
    const by = writer();
    const object = apply(by, old.metadata.uid ? old : by.empty());
    checkName(object, target);
    return object;
  };
}

/** Custom resources know no merge keys. */
const CUSTOM_PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];

/** Upstream's router refuses these, not its handlers; custom resources have no router. */
const unknownPatchType = (accepted: readonly string[] | undefined): StatusError =>
  accepted
    ? new StatusError({
        reason: 'UnsupportedMediaType',
        message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
      })
    : new StatusError({
        reason: 'UnsupportedMediaType',
        message: '415: Unsupported Media Type',
        details: {},
      });

function decodeResult(
  kind: DecodedKind,
  patched: KubeObject,
  fieldValidation: FieldValidation,
  patchErrors: readonly string[],
  shown: () => string,
): Decoded {
  let decoded: Decoded;
  try {
    decoded = decode(kind, patched, {
      fieldValidation: fieldValidation === 'Strict' ? 'Warn' : fieldValidation,
    });
  } catch (error) {
    if (!isStatusError(error, 'BadRequest')) throw error;
    throw invalidPatch(shown(), error.message.replace(/^.*? cannot be handled as a \w+: /, ''));
  }
  // In upstream's order: that of the keys.
  const warnings = fieldValidation === 'Ignore' ? [] : [...patchErrors, ...[...decoded.warnings].sort()];
  if (fieldValidation === 'Strict' && warnings.length > 0)
    throw invalidPatch(shown(), `strict decoding error: ${warnings.join(', ')}`);
  return { object: decoded.object, warnings };
}

/** As Go writes maps. */
const sortedJson = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** Upstream names neither kind nor object here. */
function invalidPatch(shown: string, why: string): StatusError {
  const { field, body, reason } = invalidValue('patch', shown, why);
  return new StatusError({
    reason: 'Invalid',
    message: ` "" is invalid: ${field}: ${body}`,
    details: { causes: [{ reason, message: body, field }] },
  });
}
