/** A server-side apply request as a change of one object: body → configuration → next object. */
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { DecodeError, decodeType } from '../../api/schema/decode.ts';
import type { FieldValidation } from '../../api/schema/decode-body.ts';
import { badRequest } from '../../api/status-error.ts';
import type { DecodedKind } from '../codec/decode.ts';
import { parseConfig } from './config.ts';
import { applyPatch, failure, showKind, showObject, type Writer } from './field-manager.ts';

export interface ApplyRequest {
  readonly kind: DecodedKind;
  /** YAML or JSON. */
  readonly body: string;
  readonly force: boolean;
  readonly fieldValidation: FieldValidation;
  readonly warn: (text: string) => void;
}

/**
 * From the present object, which may be frozen, or `writer.empty()` where there is none. The next
 * object says a resourceVersion only where the configuration does.
 * @throws StatusError 400, 409, 500
 */
export function applyTransform(request: ApplyRequest): (writer: Writer, live: KubeObject) => KubeObject {
  const { kind, force, fieldValidation, warn } = request;
  const { value, duplicates } = parseConfig(request.body);
  return (writer, live) => {
    const next = applyPatch(writer, live, value, force);
    if (fieldValidation === 'Strict' && duplicates.length > 0)
      throw badRequest(
        `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`,
      );
    if (fieldValidation === 'Warn') duplicates.forEach(warn);
    return decoded(kind, next, value);
  };
}

/** The same for a configuration that is an object already. @throws StatusError 400, 409, 500 */
export function applyTo(
  kind: DecodedKind,
  writer: Writer,
  live: KubeObject,
  config: object,
  force: boolean,
): KubeObject {
  return decoded(kind, applyPatch(writer, live, config, force), config);
}

/** Values in canonical form, nulls left out. */
function decoded(kind: DecodedKind, next: KubeObject, config: object): KubeObject {
  const { managedFields, ...metadata } = next.metadata;
  try {
    const sent = { ...next, metadata };
    const { value } = kind.custom
      ? kind.custom.decode(sent, { keepNulls: true })
      : decodeType(kind.schema, sent);
    const object = { ...value, apiVersion: apiVersionOf(kind), kind: kind.kind } as unknown as KubeObject;
    object.metadata ??= {};
    if (managedFields) object.metadata.managedFields = managedFields;
    return object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const why = `unable to convert unstructured object to ${showKind(config)}: ${goReason(error.message)}`;
    throw failure(`failed to convert new object (${showObject(config)}) to proper version: ${why}`);
  }
}

/** Upstream converts from parsed values here, not from JSON, and says so. */
function goReason(message: string): string {
  if (message.startsWith('illegal base64')) return `error decoding from json: ${message}`;
  const fraction = /^json: cannot unmarshal number \S*\. ?\S* into .* of type (int32|int64)$/.exec(message);
  return fraction ? `cannot convert float64 to ${fraction[1]}` : message;
}
