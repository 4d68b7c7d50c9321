/** A v3 document as gnostic's openapi.v3.Document. Pure. */
import type { ProtobufWriter } from '../../wire/protobuf/writer.ts';
import {
  any,
  double,
  each,
  encode,
  flag,
  integer,
  type Message,
  message,
  nested,
  one,
  pairs,
  text,
  wrapped,
} from './gnostic.ts';
import type { JsonObject } from './sources.ts';

export const documentV3Protobuf = (document: JsonObject): Buffer => encode(documentMessage, document);

/** Types contain types, or references to them: {schema = 1} or {reference = 2}. */
const schemaOrReference: Message = (writer, value) => {
  if ('$ref' in value) one(reference)(writer, 2, value);
  else one(schema)(writer, 1, value);
};

const additionalProperties = (writer: ProtobufWriter, number: number, value: JsonObject | boolean): void =>
  nested(writer, number, () => {
    if (typeof value === 'boolean') flag(writer, 2, value);
    else one(schemaOrReference)(writer, 1, value);
  });

/** There are only simple ones in this form. */
const initial = (writer: ProtobufWriter, number: number, value: unknown): void => {
  if (typeof value === 'number') nested(writer, number, () => double(writer, 1, value));
  else if (typeof value === 'boolean') nested(writer, number, () => flag(writer, 2, value));
  else if (typeof value === 'string') nested(writer, number, () => text(writer, 3, value));
};

const reference = message([
  ['$ref', 1, text],
  ['description', 3, text],
]);

const schema = message(
  [
    ['nullable', 1, flag],
    ['title', 9, text],
    ['multipleOf', 10, double],
    ['maximum', 11, double],
    ['exclusiveMaximum', 12, flag],
    ['minimum', 13, double],
    ['exclusiveMinimum', 14, flag],
    ['maxLength', 15, integer],
    ['minLength', 16, integer],
    ['pattern', 17, text],
    ['maxItems', 18, integer],
    ['minItems', 19, integer],
    ['uniqueItems', 20, flag],
    ['maxProperties', 21, integer],
    ['minProperties', 22, integer],
    ['required', 23, each(text)],
    ['enum', 24, each(any)],
    ['type', 25, text],
    ['allOf', 26, each(one(schemaOrReference))],
    ['oneOf', 27, each(one(schemaOrReference))],
    ['anyOf', 28, each(one(schemaOrReference))],
    ['items', 30, wrapped(1, one(schemaOrReference))],
    ['properties', 31, pairs(1, one(schemaOrReference))],
    ['additionalProperties', 32, additionalProperties],
    ['default', 33, initial],
    ['description', 34, text],
    ['format', 35, text],
  ],
  36,
);

const content = pairs(1, one(message([['schema', 1, one(schemaOrReference)]])));

const parameter = message([
  ['name', 1, text],
  ['in', 2, text],
  ['description', 3, text],
  ['required', 4, flag],
  ['schema', 10, one(schemaOrReference)],
]);

const requestBody = message([
  ['content', 2, content],
  ['required', 3, flag],
]);

const response = message([
  ['description', 1, text],
  ['content', 3, content],
]);

const operation = message(
  [
    ['tags', 1, each(text)],
    ['description', 3, text],
    ['operationId', 5, text],
    ['parameters', 6, each(wrapped(1, one(parameter)))],
    ['requestBody', 7, wrapped(1, one(requestBody))],
    ['responses', 8, pairs(2, wrapped(1, one(response)))],
    ['deprecated', 10, flag],
  ],
  13,
);

const pathItem = message([
  ['get', 4, one(operation)],
  ['put', 5, one(operation)],
  ['post', 6, one(operation)],
  ['delete', 7, one(operation)],
  ['options', 8, one(operation)],
  ['head', 9, one(operation)],
  ['patch', 10, one(operation)],
  ['parameters', 13, each(wrapped(1, one(parameter)))],
]);

const info = message([
  ['title', 1, text],
  ['version', 6, text],
]);

const securityScheme = message([
  ['type', 1, text],
  ['description', 2, text],
  ['name', 3, text],
  ['in', 4, text],
]);

const components = message([
  ['schemas', 1, pairs(1, one(schemaOrReference))],
  ['securitySchemes', 7, pairs(1, wrapped(1, one(securityScheme)))],
]);

const documentMessage = message([
  ['openapi', 1, text],
  ['info', 2, one(info)],
  ['paths', 4, pairs(1, one(pathItem))],
  ['components', 5, one(components)],
]);
