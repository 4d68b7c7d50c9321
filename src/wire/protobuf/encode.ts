/**
 * From the JSON value of a message to its bytes. Each message is compiled once, when it is first
 * needed, to a list of closures, one a field; nothing is looked up while encoding.
 *
 * What is written: the fields that stand in the JSON, in the order of their numbers, maps by key
 * (equal objects have equal bytes). Go's own encoder also writes fields that are no pointers when
 * they are zero and JSON leaves them out. They are not written here: a reader takes a missing field
 * for zero, whereas a zero written for a field that is a pointer in Go would become a value that
 * nobody set, and neither the facts nor OpenAPI tell with certainty which field is which.
 */
import { isSpecial, specialWriter } from './encode-special.ts';
import { EMBEDDED, type MessageField, messageNamed, WIRE_TYPE, wireTypeOf } from './messages.ts';
import { ProtobufError } from './reader.ts';
import { ProtobufWriter, type ValueWriter } from './writer.ts';

type FieldWriter = (object: Readonly<Record<string, unknown>>, writer: ProtobufWriter) => void;

const scratch = new ProtobufWriter();
const compiled = new Map<string, ValueWriter>();

/** Bytes of a message by its full name: k8s.io.api.core.v1.Pod. @throws ProtobufError: no such message */
export function encodeMessage(name: string, value: unknown): Buffer {
  const write = messageWriter(name);
  try {
    write(value, scratch);
    return scratch.take();
  } catch (error) {
    scratch.reset();
    throw error;
  }
}

function messageWriter(name: string): ValueWriter {
  let write = compiled.get(name);
  if (!write) {
    write = isSpecial(name) ? specialWriter(name, lazily) : compile(name);
    compiled.set(name, write);
  }
  return write;
}

/** Messages may contain themselves: the inner one is looked up at the first use. */
function lazily(name: string): ValueWriter {
  let write: ValueWriter | undefined;
  return (value, writer) => {
    write ??= messageWriter(name);
    write(value, writer);
  };
}

function compile(name: string): ValueWriter {
  const message = messageNamed(name);
  if (!message) throw new ProtobufError(`unknown message ${name}`);
  const fields = [...message].sort(([a], [b]) => b - a).map(([number, field]) => fieldWriter(number, field));
  return (value, writer) => {
    if (typeof value !== 'object' || value === null) return;
    for (const write of fields) write(value as Readonly<Record<string, unknown>>, writer);
  };
}

function fieldWriter(number: number, { name, label, type }: MessageField): FieldWriter {
  const tag = number * 8 + (label === 'map' ? WIRE_TYPE.lengthDelimited : wireTypeOf(type));
  const write = valueWriter(type);
  if (name === EMBEDDED)
    return (object, writer) => {
      write(object, writer);
      writer.varint(tag);
    };
  if (label === 'repeated') return listWriter(name, tag, write);
  if (label === 'map') return mapWriter(name, tag, write, 2 * 8 + wireTypeOf(type));
  const zeroIsEmpty = isSpecial(type) && type.endsWith('Time');
  return (object, writer) => {
    const value = object[name];
    if (value === undefined || (value === null && !zeroIsEmpty)) return;
    write(value, writer);
    writer.varint(tag);
  };
}

function listWriter(name: string, tag: number, write: ValueWriter): FieldWriter {
  return (object, writer) => {
    const list = object[name];
    if (!Array.isArray(list)) return;
    for (let i = list.length - 1; i >= 0; i--) {
      write(list[i], writer);
      writer.varint(tag);
    }
  };
}

const KEY_TAG = 1 * 8 + WIRE_TYPE.lengthDelimited;

function mapWriter(name: string, tag: number, write: ValueWriter, valueTag: number): FieldWriter {
  return (object, writer) => {
    const map = object[name];
    if (typeof map !== 'object' || map === null) return;
    const keys = Object.keys(map).sort();
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] as string;
      const before = writer.length;
      write((map as Readonly<Record<string, unknown>>)[key], writer);
      writer.varint(valueTag);
      writer.string(key);
      writer.varint(KEY_TAG);
      writer.varint(writer.length - before);
      writer.varint(tag);
    }
  };
}

function valueWriter(type: string): ValueWriter {
  switch (type) {
    case 'string':
      return (value, writer) => writer.string(typeof value === 'string' ? value : '');
    case 'bytes':
      return (value, writer) => writer.bytes(Buffer.from(typeof value === 'string' ? value : '', 'base64'));
    case 'bool':
      return (value, writer) => writer.varint(value === true ? 1 : 0);
    case 'double':
      return (value, writer) => writer.double(Number(value));
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
      return (value, writer) => writer.signed(Number(value));
    default: {
      const write = lazily(type);
      return (value, writer) => {
        const before = writer.length;
        write(value, writer);
        writer.varint(writer.length - before);
      };
    }
  }
}
