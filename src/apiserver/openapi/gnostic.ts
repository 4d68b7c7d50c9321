/**
 * JSON documents as protobuf messages of gnostic, which old clients take OpenAPI in. A message is a
 * table of its fields; gnostic-v2.ts and gnostic-v3.ts are those tables. Field numbers are from
 * gnostic's OpenAPIv2.proto and OpenAPIv3.proto. Pure.
 *
 * The writer goes from the end to the start, so that every loop here does.
 */
import { ProtobufWriter } from '../../wire/protobuf/writer.ts';

type JsonObject = Readonly<Record<string, unknown>>;
/** Writes the fields of a message, from the object that says them in JSON. */
export type Message = (writer: ProtobufWriter, value: JsonObject) => void;
/** Writes one field with its tag. */
export type Field = (writer: ProtobufWriter, number: number, value: never) => void;

/** A table: what the field is called in JSON, its number, how it is written. */
export type Fields = readonly (readonly [name: string, number: number, field: Field])[];

const LENGTH_DELIMITED = 2;
const FIXED64 = 1;
const tag = (number: number, wireType = 0) => number * 8 + wireType;

/** Fields that the table does not know are left out. @param extensions the field of `x-…` */
export function message(fields: Fields, extensions?: number): Message {
  const backwards = fields.toReversed();
  return (writer, value) => {
    if (extensions !== undefined) writeExtensions(writer, extensions, value);
    for (const [name, number, field] of backwards) {
      const member = value[name];
      if (member !== undefined) field(writer, number, member as never);
    }
  };
}

export function encode(document: Message, value: JsonObject): Buffer {
  const writer = new ProtobufWriter();
  document(writer, value);
  return writer.take();
}

/** Whatever `body` writes, as one field. */
export function nested(writer: ProtobufWriter, number: number, body: () => void): void {
  const before = writer.length;
  body();
  writer.varint(writer.length - before);
  writer.varint(tag(number, LENGTH_DELIMITED));
}

export const text = (writer: ProtobufWriter, number: number, value: string): void => {
  writer.string(value);
  writer.varint(tag(number, LENGTH_DELIMITED));
};

export const flag = (writer: ProtobufWriter, number: number, value: boolean): void => {
  writer.varint(value ? 1 : 0);
  writer.varint(tag(number));
};

export const integer = (writer: ProtobufWriter, number: number, value: number): void => {
  writer.signed(value);
  writer.varint(tag(number));
};

export const double = (writer: ProtobufWriter, number: number, value: number): void => {
  writer.double(value);
  writer.varint(tag(number, FIXED64));
};

/** Any value at all: its text in YAML, of which JSON is a part. */
export const any = (writer: ProtobufWriter, number: number, value: unknown): void =>
  nested(writer, number, () => text(writer, 2, `${JSON.stringify(value)}\n`));

export const one =
  (of: Message) =>
  (writer: ProtobufWriter, number: number, value: JsonObject): void =>
    nested(writer, number, () => of(writer, value));

export const each =
  <T>(field: (writer: ProtobufWriter, number: number, value: T) => void) =>
  (writer: ProtobufWriter, number: number, values: readonly T[]): void => {
    for (let i = values.length - 1; i >= 0; i--) field(writer, number, values[i] as T);
  };

/** An object as (name, value) pairs, in the field `inner` of a message of its own. */
export const pairs =
  <T>(inner: number, value: (writer: ProtobufWriter, number: number, value: T) => void) =>
  (writer: ProtobufWriter, number: number, record: Readonly<Record<string, T>>): void =>
    nested(writer, number, () => {
      for (const [name, item] of Object.entries(record).reverse())
        nested(writer, inner, () => {
          value(writer, 2, item);
          text(writer, 1, name);
        });
    });

/** A message whose one field `inner` is the value: gnostic's way to say which of several it is. */
export const wrapped =
  <T>(inner: number, field: (writer: ProtobufWriter, number: number, value: T) => void) =>
  (writer: ProtobufWriter, number: number, value: T): void =>
    nested(writer, number, () => field(writer, inner, value));

function writeExtensions(writer: ProtobufWriter, number: number, value: JsonObject): void {
  for (const [name, item] of Object.entries(value).reverse())
    if (name.startsWith('x-'))
      nested(writer, number, () => {
        any(writer, 2, item);
        text(writer, 1, name);
      });
}
