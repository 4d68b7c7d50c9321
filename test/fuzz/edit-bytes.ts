/** How a body is written down, and mutations of what was written. */
import { stringify } from 'yaml';
import { decodeType } from '../../src/api/schema/decode.ts';
import { encodeMessage } from '../../src/wire/protobuf/encode.ts';
import { wrap } from '../../src/wire/protobuf/envelope.ts';
import { messageNameOf } from '../../src/wire/protobuf/message-name.ts';
import { type Choices, ODD_STRINGS, ODD_VALUES } from './choices.ts';
import { jsonText } from './json-text.ts';

export type Format = 'json' | 'yaml' | 'protobuf';

/** Gives JSON where the body cannot be written in the format. */
export function write(
  body: unknown,
  format: Format,
  schema: string | undefined,
): { readonly bytes: Buffer; readonly format: Format } {
  const json = jsonText(body);
  try {
    const plain = JSON.parse(json) as { readonly apiVersion?: string; readonly kind?: string };
    if (format === 'yaml') return { bytes: Buffer.from(stringify(plain)), format };
    const message = messageNameOf(plain?.apiVersion ?? '', plain?.kind ?? '');
    if (format === 'protobuf' && message !== undefined && schema !== undefined) {
      const type = { apiVersion: plain.apiVersion ?? '', kind: plain.kind ?? '' };
      return {
        bytes: Buffer.concat(wrap(type, [encodeMessage(message, decodeType(schema, plain).value)])),
        format,
      };
    }
  } catch {
    // What is no value of its kind has no such form.
  }
  return { bytes: Buffer.from(json), format: 'json' };
}

const ODD_BODIES: readonly (string | Buffer)[] = [
  '',
  ' ',
  'null',
  '0',
  '""',
  '[]',
  '{}',
  '{',
  '[[[[',
  '{"kind":"Status","apiVersion":"v1"}',
  '{"kind":"List","apiVersion":"v1","items":[]}',
  '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"x"}}',
  '{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":-1,"propagationPolicy":"x","dryRun":["y"]}',
  '[{"op":"add","path":"/metadata/__proto__/x","value":1}]',
  '[{"op":"copy","from":"","path":"/metadata/annotations/x"}]',
  '[{"op":"move","from":"/metadata","path":"/metadata/labels"}]',
  '[{"op":"remove","path":""}]',
  '[{"op":"replace","path":"","value":null}]',
  '[{"op":"test","path":"/metadata/name/0","value":{}}]',
  '[{"op":"add","path":"/spec/-","value":1},{"op":"add","path":"/metadata/finalizers/9999999999","value":"x"}]',
  '[{"op":"__proto__","path":"/__proto__"}]',
  '{"$patch":"delete"}',
  '{"$patch":"replace"}',
  '{"$patch":"x"}',
  '{"metadata":{"$patch":"replace"}}',
  '{"metadata":{"$retainKeys":["name"],"finalizers":[{"$patch":"replace"}]}}',
  '{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"$setElementOrder/finalizers":["b"]}}',
  '{"metadata":{"ownerReferences":[{"$patch":"delete","uid":"x"},{"uid":null}]}}',
  '{"spec":{"$setElementOrder/containers":[{"name":"x"},{}],"containers":[{"name":null}]}}',
  '{"spec":{"$patch":"delete"},"status":{"$patch":"replace"}}',
  '{"metadata":{"managedFields":[{"manager":"x","operation":"Apply","fieldsType":"FieldsV1","fieldsV1":{"f:":{},"k:{":{},"v:":{},"i:x":{},"__proto__":{}}}]}}',
  '{"metadata":{"managedFields":[{}]}}',
  '{"metadata":{"managedFields":[]}}',
  'a: &a [*a, *a]\n',
  'a: &a {b: c}\nd: {<<: *a, <<: *a}\n',
  'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n',
  '? {a: b}\n: c\n',
  '!!binary x: !!js/function y\n',
  '--- a\n--- b\n...\n',
  '%YAML 9.9\n---\n{}\n',
  '\t- x: y\n',
  `${'['.repeat(20_000)}`,
  `${'- '.repeat(5_000)}x`,
  `${'{a: '.repeat(3_000)}1${'}'.repeat(3_000)}`,
  Buffer.from('k8s\0'),
  Buffer.from([0x6b, 0x38, 0x73, 0, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0x6b, 0x38, 0x73, 0, ...Array.from({ length: 300 }, () => 0x0b)]),
  Buffer.from([0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
  Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]),
  Buffer.from([0xc0, 0x80, 0xed, 0xa0, 0x80]),
];

export const BYTE_EDITS: Readonly<Record<string, (bytes: Buffer, choices: Choices) => Buffer>> = {
  flip(bytes, choices) {
    const copy = Buffer.from(bytes);
    for (let n = 1 + choices.below(4); n > 0 && copy.length > 0; n--) {
      const at = choices.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << choices.below(8));
    }
    return copy;
  },
  cut: (bytes, choices) => bytes.subarray(0, choices.below(bytes.length + 1)),
  insert(bytes, choices) {
    const at = choices.below(bytes.length + 1);
    const odd = choices.chance(0.5) ? choices.of(ODD_STRINGS) : jsonText(choices.of(ODD_VALUES));
    const noise = Buffer.from(
      ([0xff, 0x00, 0x80, 0xc0][choices.below(4)] ?? 0) ? [0xff, 0x00, 0x80] : [0x00],
    );
    return Buffer.concat([
      bytes.subarray(0, at),
      choices.chance(0.7) ? Buffer.from(odd) : noise,
      bytes.subarray(at),
    ]);
  },
  repeatField(bytes, choices) {
    const text = bytes.toString('latin1');
    const fields = [...text.matchAll(/"[^"\\]*":/g)];
    if (fields.length === 0) return Buffer.concat([bytes, bytes]);
    const { 0: key, index } = choices.of(fields);
    return Buffer.from(
      `${text.slice(0, index)}${key}${jsonText(choices.of([null, 1, {}, []]))},${text.slice(index)}`,
      'latin1',
    );
  },
  other: (_bytes, choices) => Buffer.from(choices.of(ODD_BODIES)),
};
