/** Writing messages whose JSON form is not that of their fields; special.ts is the way back. */
import { ProtobufError } from './reader.ts';
import type { ProtobufWriter, ValueWriter } from './writer.ts';

const META = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const QUANTITY = 'k8s.io.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'k8s.io.apimachinery.pkg.util.intstr.IntOrString';
const SCHEMA_PROPS = /^(k8s\.io\.apiextensions_apiserver\..*\.JSONSchemaProps)Or(Array|Bool|StringArray)$/;

/** By the message's full name; the writers do not write the message's own length. */
const WRITERS: Readonly<Record<string, ValueWriter>> = {
  [`${META}.Time`]: (value, writer) => time(value, writer, false),
  [`${META}.MicroTime`]: (value, writer) => time(value, writer, true),
  [`${META}.FieldsV1`]: rawJson,
  [`${META}.Duration`]: duration,
  [`${META}.Verbs`]: strings,
  [QUANTITY]: (value, writer) => text(1, String(value ?? '0'), writer),
  [INT_OR_STRING]: intOrString,
  'k8s.io.apimachinery.pkg.runtime.RawExtension': rawJson,
  'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON': rawJson,
  'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1beta1.JSON': rawJson,
};

export function isSpecial(name: string): boolean {
  return name in WRITERS || name.endsWith('.ExtraValue') || SCHEMA_PROPS.test(name);
}

/** `message`: how another message's fields are written. */
export function specialWriter(name: string, message: (name: string) => ValueWriter): ValueWriter {
  const either = SCHEMA_PROPS.exec(name);
  if (either) return schemaPropsOr(either[2] ?? '', message(either[1] ?? ''));
  return WRITERS[name] ?? strings;
}

const LENGTH_DELIMITED = 2;

function text(field: number, value: string, writer: ProtobufWriter): void {
  writer.string(value);
  writer.varint(field * 8 + LENGTH_DELIMITED);
}

function integer(field: number, value: number, writer: ProtobufWriter): void {
  writer.signed(value);
  writer.varint(field * 8);
}

/** Go's zero time has no fields, and is null in JSON. Times have whole seconds, MicroTimes microseconds. */
function time(value: unknown, writer: ProtobufWriter, micro: boolean): void {
  if (typeof value !== 'string') return;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw new ProtobufError(`not a time: ${value}`);
  const fraction = micro ? /\.(\d{1,9})/.exec(value)?.[1] : undefined;
  integer(2, fraction === undefined ? 0 : Number(fraction.padEnd(9, '0')), writer);
  integer(1, Math.floor(ms / 1000), writer);
}

function intOrString(value: unknown, writer: ProtobufWriter): void {
  const isText = typeof value === 'string';
  text(3, isText ? value : '', writer);
  integer(2, isText ? 0 : Number(value ?? 0), writer);
  integer(1, isText ? 1 : 0, writer);
}

function rawJson(value: unknown, writer: ProtobufWriter): void {
  if (value === undefined) return;
  writer.string(JSON.stringify(value));
  writer.varint(1 * 8 + LENGTH_DELIMITED);
}

function strings(value: unknown, writer: ProtobufWriter): void {
  if (!Array.isArray(value)) return;
  for (let i = value.length - 1; i >= 0; i--) text(1, String(value[i]), writer);
}

const UNIT_NANOSECONDS: Readonly<Record<string, number>> = {
  h: 3.6e12,
  m: 6e10,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
};

/** As Go prints durations: 1h2m3.5s. */
function duration(value: unknown, writer: ProtobufWriter): void {
  const said = String(value ?? '0s');
  let total = 0;
  for (const [, amount, unit] of said.matchAll(/([0-9.]+)(ms|us|µs|ns|h|m|s)/g))
    total += Number(amount) * (UNIT_NANOSECONDS[unit ?? ''] ?? 0);
  integer(1, Math.round(said.startsWith('-') ? -total : total), writer);
}

/** JSONSchemaPropsOrArray, -OrBool, -OrStringArray: an object is the schema, anything else the other. */
function schemaPropsOr(other: string, schema: ValueWriter): ValueWriter {
  const nested = (field: number, value: unknown, writer: ProtobufWriter) => {
    const before = writer.length;
    schema(value, writer);
    writer.varint(writer.length - before);
    writer.varint(field * 8 + LENGTH_DELIMITED);
  };
  return (value, writer) => {
    const isSchema = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (other === 'Bool') {
      if (isSchema) nested(2, value, writer);
      integer(1, isSchema || value === true ? 1 : 0, writer);
    } else if (isSchema) nested(1, value, writer);
    else if (Array.isArray(value))
      for (let i = value.length - 1; i >= 0; i--)
        if (other === 'Array') nested(2, value[i], writer);
        else text(2, String(value[i]), writer);
  };
}
