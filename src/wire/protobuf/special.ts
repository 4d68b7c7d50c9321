/** Messages whose JSON form is no object: times, quantities, ports by number or name, raw JSON. */
import { parseJson } from '../../api/schema/json-parse.ts';
import { JsonSyntaxError } from '../../api/schema/json-syntax-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import { ProtobufError, ProtobufReader } from './reader.ts';

const META = 'k8s.io.apimachinery.pkg.apis.meta.v1';

/** Undefined: an ordinary message. */
export function specialValue(name: string, bytes: Buffer): { readonly value: unknown } | undefined {
  switch (name) {
    case `${META}.Time`:
      return { value: time(bytes, false) };
    case `${META}.MicroTime`:
      return { value: time(bytes, true) };
    case `${META}.FieldsV1`:
      return { value: json(scalars(bytes).get(1)) };
    case `${META}.Duration`:
      return { value: `${integer(scalars(bytes), 1) / 1e9}s` };
    case `${META}.Verbs`:
      return { value: strings(bytes) };
    case 'k8s.io.apimachinery.pkg.api.resource.Quantity':
      return { value: text(scalars(bytes).get(1)) };
    case 'k8s.io.apimachinery.pkg.runtime.RawExtension':
    case 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON':
    case 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1beta1.JSON':
      return { value: json(scalars(bytes).get(1)) };
    case 'k8s.io.apimachinery.pkg.util.intstr.IntOrString':
      return { value: intOrString(bytes) };
    default:
      return name.endsWith('.ExtraValue') ? { value: strings(bytes) } : undefined;
  }
}

export const isSchemaPropsOr = (name: string): boolean =>
  name.startsWith('k8s.io.apiextensions_apiserver.') && /\.JSONSchemaPropsOr\w+$/.test(name);

/** From the fields of JSONSchemaPropsOrArray, -OrBool or -OrStringArray to what JSON shows of them. */
export function schemaPropsOr(fields: Readonly<Record<string, unknown>>): unknown {
  const { schema, jSONSchemas, property, allows } = fields;
  return jSONSchemas ?? property ?? schema ?? allows ?? null;
}

/** The years 0 to 9999, which RFC 3339 has. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;
/** Of a second (protobuf, Timestamp). */
const LAST_NANOSECOND = 999_999_999;

/** No fields: Go's zero time, which JSON shows as null. */
function time(bytes: Buffer, micro: boolean): string | null {
  if (bytes.length === 0) return null;
  const fields = scalars(bytes);
  const seconds = integer(fields, 1);
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND)
    throw new ProtobufError(`time out of range: ${seconds} seconds since 1970`);
  const nanos = integer(fields, 2);
  if (nanos < 0 || nanos > LAST_NANOSECOND)
    throw new ProtobufError(`time out of range: ${nanos} nanoseconds`);
  const base = rfc3339(seconds * 1000);
  return micro ? `${base.slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : base;
}

function intOrString(bytes: Buffer): number | string {
  const fields = scalars(bytes);
  return fields.get(1) === 1 ? text(fields.get(3)) : integer(fields, 2) | 0;
}

function json(bytes: number | Buffer | undefined): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return null;
  try {
    return parseJson(bytes.toString(), { duplicates: false });
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    throw new ProtobufError(`raw content is not JSON: ${cause.message}`, { cause });
  }
}

const text = (value: number | Buffer | undefined) => (Buffer.isBuffer(value) ? value.toString() : '');

function strings(bytes: Buffer): string[] {
  const reader = new ProtobufReader(bytes);
  const out: string[] = [];
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (field === 1 && wireType === 2) out.push(reader.lengthDelimited().toString());
    else reader.skip(wireType);
  }
  return out;
}

/** 0 where the field is missing. @throws ProtobufError when bytes stand in its place */
function integer(fields: ReadonlyMap<number, number | Buffer>, field: number): number {
  const value = fields.get(field) ?? 0;
  if (Buffer.isBuffer(value)) throw new ProtobufError(`wrong wire type of field ${field}: it is a number`);
  return value;
}

/** The last value of each field of a flat message. */
function scalars(bytes: Buffer): Map<number, number | Buffer> {
  const reader = new ProtobufReader(bytes);
  const fields = new Map<number, number | Buffer>();
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (wireType === 0) fields.set(field, reader.signed());
    else if (wireType === 2) fields.set(field, reader.lengthDelimited());
    else reader.skip(wireType);
  }
  return fields;
}
