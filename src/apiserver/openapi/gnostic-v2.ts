/** The v2 document as gnostic's openapi.v2.Document: what client-go's discovery client asks for. Pure. */
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

export const documentV2Protobuf = (document: JsonObject): Buffer => encode(documentMessage, document);

/** Types contain types. */
const inner: Message = (writer, value) => schema(writer, value);

const additionalProperties = (writer: ProtobufWriter, number: number, value: JsonObject | boolean): void =>
  nested(writer, number, () => {
    if (typeof value === 'boolean') flag(writer, 2, value);
    else one(inner)(writer, 1, value);
  });

const schema = message(
  [
    ['$ref', 1, text],
    ['format', 2, text],
    ['title', 3, text],
    ['description', 4, text],
    ['default', 5, any],
    ['multipleOf', 6, double],
    ['maximum', 7, double],
    ['exclusiveMaximum', 8, flag],
    ['minimum', 9, double],
    ['exclusiveMinimum', 10, flag],
    ['maxLength', 11, integer],
    ['minLength', 12, integer],
    ['pattern', 13, text],
    ['maxItems', 14, integer],
    ['minItems', 15, integer],
    ['uniqueItems', 16, flag],
    ['maxProperties', 17, integer],
    ['minProperties', 18, integer],
    ['required', 19, each(text)],
    ['enum', 20, each(any)],
    ['additionalProperties', 21, additionalProperties],
    ['type', 22, wrapped(1, text)],
    ['items', 23, wrapped(1, one(inner))],
    ['allOf', 24, each(one(inner))],
    ['properties', 25, pairs(1, one(inner))],
  ],
  31,
);

const bodyParameter = message([
  ['description', 1, text],
  ['name', 2, text],
  ['in', 3, text],
  ['required', 4, flag],
  ['schema', 5, one(schema)],
]);

const queryParameter = message([
  ['required', 1, flag],
  ['in', 2, text],
  ['description', 3, text],
  ['name', 4, text],
  ['type', 6, text],
  ['uniqueItems', 20, flag],
]);

const pathParameter = message([
  ['required', 1, flag],
  ['in', 2, text],
  ['description', 3, text],
  ['name', 4, text],
  ['type', 5, text],
  ['uniqueItems', 19, flag],
]);

const parameter: Message = (writer, value) => {
  if (value['in'] === 'body') return one(bodyParameter)(writer, 1, value);
  nested(writer, 2, () => {
    if (value['in'] === 'path') one(pathParameter)(writer, 4, value);
    else one(queryParameter)(writer, 3, value);
  });
};

const reference = message([
  ['$ref', 1, text],
  ['description', 2, text],
]);

const parameterOrReference: Message = (writer, value) => {
  if ('$ref' in value) one(reference)(writer, 2, value);
  else one(parameter)(writer, 1, value);
};

const response = message([
  ['description', 1, text],
  ['schema', 2, wrapped(1, one(schema))],
]);

const operation = message(
  [
    ['tags', 1, each(text)],
    ['description', 3, text],
    ['operationId', 5, text],
    ['produces', 6, each(text)],
    ['consumes', 7, each(text)],
    ['parameters', 8, each(one(parameterOrReference))],
    ['responses', 9, pairs(1, wrapped(1, one(response)))],
    ['schemes', 10, each(text)],
    ['deprecated', 11, flag],
  ],
  13,
);

const pathItem = message([
  ['get', 2, one(operation)],
  ['put', 3, one(operation)],
  ['post', 4, one(operation)],
  ['delete', 5, one(operation)],
  ['options', 6, one(operation)],
  ['head', 7, one(operation)],
  ['patch', 8, one(operation)],
  ['parameters', 9, each(one(parameterOrReference))],
]);

const info = message([
  ['title', 1, text],
  ['version', 2, text],
]);

const apiKey = message([
  ['type', 1, text],
  ['name', 2, text],
  ['in', 3, text],
  ['description', 4, text],
]);

const documentMessage = message([
  ['swagger', 1, text],
  ['info', 2, one(info)],
  ['paths', 8, pairs(2, one(pathItem))],
  ['definitions', 9, pairs(1, one(schema))],
  ['parameters', 10, pairs(1, one(parameter))],
  ['security', 12, each(pairs(1, wrapped(1, each(text))))],
  ['securityDefinitions', 13, pairs(1, wrapped(2, one(apiKey)))],
]);
