import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { documentV2Protobuf } from './gnostic-v2.ts';
import { documentV3Protobuf } from './gnostic-v3.ts';

/** As much of gnostic's OpenAPIv3.proto as a document of ours has. */
const V3 = `syntax = "proto3";
  message Any { string yaml = 2; }
  message NamedAny { string name = 1; Any value = 2; }
  message Reference { string ref = 1; string description = 3; }
  message SchemaOr { Schema schema = 1; Reference reference = 2; }
  message NamedSchema { string name = 1; SchemaOr value = 2; }
  message Schemas { repeated NamedSchema all = 1; }
  message Items { repeated SchemaOr all = 1; }
  message Extra { SchemaOr schema = 1; bool boolean = 2; }
  message Default { double number = 1; bool boolean = 2; string string = 3; }
  message Schema {
    repeated string required = 23; repeated Any enum = 24; string type = 25; repeated SchemaOr all_of = 26;
    Items items = 30; Schemas properties = 31; Extra additional_properties = 32; Default default = 33;
    string description = 34; string format = 35; repeated NamedAny extensions = 36;
  }
  message MediaType { SchemaOr schema = 1; }
  message NamedMediaType { string name = 1; MediaType value = 2; }
  message MediaTypes { repeated NamedMediaType all = 1; }
  message Parameter { string name = 1; string in = 2; bool required = 4; SchemaOr schema = 10; }
  message ParameterOr { Parameter parameter = 1; }
  message Body { MediaTypes content = 2; bool required = 3; }
  message BodyOr { Body body = 1; }
  message Response { string description = 1; MediaTypes content = 3; }
  message ResponseOr { Response response = 1; }
  message NamedResponse { string name = 1; ResponseOr value = 2; }
  message Responses { repeated NamedResponse all = 2; }
  message Operation {
    repeated string tags = 1; string operation_id = 5; repeated ParameterOr parameters = 6; BodyOr body = 7;
    Responses responses = 8; repeated NamedAny extensions = 13;
  }
  message PathItem { Operation get = 4; Operation put = 5; repeated ParameterOr parameters = 13; }
  message NamedPathItem { string name = 1; PathItem value = 2; }
  message Paths { repeated NamedPathItem all = 1; }
  message Components { Schemas schemas = 1; }
  message Document { string openapi = 1; Paths paths = 4; Components components = 5; }`;

const REF = { $ref: '#/components/schemas/b' };
const SCHEMA = {
  description: 'A type.',
  type: 'object',
  required: ['n'],
  properties: {
    n: { type: 'integer', format: 'int32', default: 0 },
    list: { type: 'array', items: REF, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
    map: { type: 'object', additionalProperties: { type: 'string', default: '' } },
    one: { allOf: [REF], default: {} },
    is: { type: 'boolean', default: false, enum: ['a', 'b'] },
  },
};

const decode = (bytes: Uint8Array) => {
  const type = protobuf.parse(V3).root.lookupType('Document');
  return type.toObject(type.decode(bytes), { oneofs: true }) as unknown;
};

test('a v3 document in protobuf says what it says in JSON', () => {
  const bytes = documentV3Protobuf({
    openapi: '3.0.0',
    paths: {
      '/a': {
        get: {
          tags: ['t'],
          operationId: 'getA',
          responses: { 200: { description: 'OK', content: { 'application/json': { schema: REF } } } },
          'x-kubernetes-action': 'get',
        },
        put: { operationId: 'putA', requestBody: { content: { '*/*': { schema: REF } }, required: true } },
        parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
      },
      '/b': {},
    },
    components: { schemas: { a: SCHEMA } },
  });
  const reference = { reference: { ref: '#/components/schemas/b' } };
  expect(decode(bytes)).toEqual({
    openapi: '3.0.0',
    paths: {
      all: [
        {
          name: '/a',
          value: {
            get: {
              tags: ['t'],
              operationId: 'getA',
              responses: {
                all: [
                  {
                    name: '200',
                    value: {
                      response: {
                        description: 'OK',
                        content: { all: [{ name: 'application/json', value: { schema: reference } }] },
                      },
                    },
                  },
                ],
              },
              extensions: [{ name: 'x-kubernetes-action', value: { yaml: '"get"\n' } }],
            },
            put: {
              operationId: 'putA',
              body: {
                body: { content: { all: [{ name: '*/*', value: { schema: reference } }] }, required: true },
              },
            },
            parameters: [
              {
                parameter: {
                  name: 'name',
                  in: 'path',
                  required: true,
                  schema: { schema: { type: 'string' } },
                },
              },
            ],
          },
        },
        { name: '/b', value: {} },
      ],
    },
    components: {
      schemas: {
        all: [
          {
            name: 'a',
            value: {
              schema: {
                description: 'A type.',
                type: 'object',
                required: ['n'],
                properties: {
                  all: [
                    {
                      name: 'n',
                      value: { schema: { type: 'integer', format: 'int32', default: { number: 0 } } },
                    },
                    {
                      name: 'list',
                      value: {
                        schema: {
                          type: 'array',
                          items: { all: [reference] },
                          extensions: [
                            { name: 'x-kubernetes-list-type', value: { yaml: '"map"\n' } },
                            { name: 'x-kubernetes-list-map-keys', value: { yaml: '["k"]\n' } },
                          ],
                        },
                      },
                    },
                    {
                      name: 'map',
                      value: {
                        schema: {
                          type: 'object',
                          additionalProperties: {
                            schema: { schema: { type: 'string', default: { string: '' } } },
                          },
                        },
                      },
                    },
                    // An object is no default in this form.
                    { name: 'one', value: { schema: { allOf: [reference] } } },
                    {
                      name: 'is',
                      value: {
                        schema: {
                          type: 'boolean',
                          default: { boolean: false },
                          enum: [{ yaml: '"a"\n' }, { yaml: '"b"\n' }],
                        },
                      },
                    },
                  ],
                },
              },
            },
          },
        ],
      },
    },
  });
});

test('an empty v2 document is a few bytes that name its version', () => {
  expect(documentV2Protobuf({ swagger: '2.0' })).toEqual(Buffer.from('\n\x032.0'));
});
