/**
 * Resources inside of resources (x-kubernetes-embedded-resource): their metadata is read as that of
 * any object, and they say what they are (upstream's schema/objectmeta).
 */

import type { ObjectMeta } from '../../generated/meta-v1.ts';
import { at, child, type FieldError, invalidValue, required } from '../field-error.ts';
import { dns1035Label } from '../meta/names.ts';
import { validateObjectMeta } from '../meta/object-meta.ts';
import { DecodeError, decodeType } from '../schema/decode.ts';
import {
  fieldSchema,
  hasField,
  isEmbedded,
  isObject,
  type JsonObject,
  type Structural,
} from './structural.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

export interface CoercedMeta {
  readonly value: JsonObject;
  /** `metadata.odd`, relative to the object. */
  readonly unknown: readonly string[];
}

/** @throws DecodeError */
export function coerceMetadata(metadata: unknown): CoercedMeta {
  const { value, strictErrors } = decodeType(OBJECT_META, metadata);
  const unknown = strictErrors.flatMap(text => /^unknown field "(.*)"$/.exec(text)?.[1] ?? []);
  const { creationTimestamp, ...rest } = value;
  return {
    value: creationTimestamp === null ? rest : value,
    unknown: unknown.map(field => `metadata.${field}`),
  };
}

/** Changes embedded metadata in place; returns the paths of unknown fields. @throws DecodeError */
export function coerceEmbedded(value: unknown, schema: Structural | undefined, path = ''): readonly string[] {
  if (!schema) return [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => coerceEmbedded(item, schema.items, at(path, i)));
  if (!isObject(value)) return [];
  const unknown = Object.entries(value).flatMap(([name, field]) =>
    coerceEmbedded(field, fieldSchema(schema, name), child(path, name)),
  );
  if (!isEmbedded(schema) || value['metadata'] === undefined) return unknown;
  try {
    const coerced = coerceMetadata(value['metadata']);
    value['metadata'] = coerced.value;
    return [...unknown, ...coerced.unknown.map(field => child(path, field))];
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { field, body } = invalidValue(
      child(path, 'metadata'),
      value['metadata'],
      error.message.replace(/type ObjectMeta$/, 'type v1.ObjectMeta'),
    );
    throw new DecodeError(`${field}: ${body}`, { cause: error });
  }
}

export function validateEmbedded(value: unknown, schema: Structural | undefined, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => validateEmbedded(item, schema.items, at(path, i)));
  if (!isObject(value)) return [];
  return [
    ...(isEmbedded(schema) ? validateResource(value, path) : []),
    ...Object.entries(value).flatMap(([name, field]) =>
      validateEmbedded(
        field,
        fieldSchema(schema, name),
        hasField(schema, name) ? child(path, name) : at(path, name),
      ),
    ),
  ];
}

function validateResource(value: JsonObject, path: string): FieldError[] {
  const { apiVersion, kind, metadata } = value;
  return [
    ...validateText(apiVersion, child(path, 'apiVersion'), text =>
      text.split('/').length > 2 ? `unexpected GroupVersion string: ${text}` : undefined,
    ),
    ...validateText(kind, child(path, 'kind'), text => {
      const wrong = dns1035Label(text.toLowerCase()).join(',');
      return wrong ? `may have mixed case, but should otherwise match: ${wrong}` : undefined;
    }),
    ...(isObject(metadata) ? validateMetadata(metadata as ObjectMeta, child(path, 'metadata')) : []),
  ];
}

function validateText(
  value: unknown,
  path: string,
  problem: (text: string) => string | undefined,
): FieldError[] {
  if (value === undefined) return [required(path)];
  if (typeof value !== 'string') return [invalidValue(path, value, 'must be a string')];
  if (value === '') return [invalidValue(path, value, 'must not be empty')];
  const why = problem(value);
  return why === undefined ? [] : [invalidValue(path, value, why)];
}

/** Whether it has a name, and where it lives, is its own affair. */
function validateMetadata(metadata: ObjectMeta, path: string): FieldError[] {
  const rules = { namespaced: Boolean(metadata.namespace), nameRule: 'dns-subdomain' as const };
  return validateObjectMeta({ name: 'fakename', ...metadata }, rules, path);
}
