/**
 * From the bytes of a message to the JSON value that says the same: kubectl and client-go send
 * typed objects this way. Messages follow the Go structs, so zero values of fields that are no
 * pointers are on the wire as well; what JSON leaves out when empty is left to the schema's decoder
 * (api/schema/decode.ts).
 */
import { type Envelope, unwrap } from './envelope.ts';
import { messageNameOf } from './message-name.ts';
import { EMBEDDED, isScalar, type MessageField, messageNamed, WIRE_TYPE, wireTypeOf } from './messages.ts';
import { ProtobufError, ProtobufReader } from './reader.ts';
import { isSchemaPropsOr, schemaPropsOr, specialValue } from './special.ts';

export { ProtobufError } from './reader.ts';

/** Messages may contain themselves (JSONSchemaProps); a hostile one must not exhaust the stack. */
const MAX_DEPTH = 500;

/** Envelope and message. @throws ProtobufError */
export function fromProtobuf(bytes: Buffer): Record<string, unknown> {
  const envelope = unwrap(bytes);
  const { apiVersion, kind } = envelope;
  return { apiVersion, kind, ...fromEnvelope(envelope) };
}

/** The fields of the message, without apiVersion and kind. @throws ProtobufError */
export function fromEnvelope({ apiVersion, kind, raw }: Envelope): Record<string, unknown> {
  const name = messageNameOf(apiVersion, kind);
  if (name === undefined)
    throw new ProtobufError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  return decodeMessage(name, raw) as Record<string, unknown>;
}

/** By the message's full name. @throws ProtobufError */
export function decodeMessage(name: string, bytes: Buffer): unknown {
  return readMessage(name, bytes, 0);
}

function readMessage(name: string, bytes: Buffer, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new ProtobufError(`proto: messages are nested deeper than ${MAX_DEPTH}`);
  const special = specialValue(name, bytes);
  if (special !== undefined) return special.value;
  const message = messageNamed(name);
  if (!message) throw new ProtobufError(`unknown message ${name}`);
  const reader = new ProtobufReader(bytes);
  const out: Record<string, unknown> = {};
  while (!reader.done) {
    const { field: number, wireType } = reader.tag();
    const field = message.get(number);
    if (field) readField(field, { reader, wireType, depth }, out);
    else reader.skip(wireType);
  }
  return isSchemaPropsOr(name) ? schemaPropsOr(out) : out;
}

interface Place {
  readonly reader: ProtobufReader;
  readonly wireType: number;
  readonly depth: number;
}

function readField(field: MessageField, place: Place, out: Record<string, unknown>): void {
  const { name, label, type } = field;
  if (label === 'map') {
    expect(place.wireType, WIRE_TYPE.lengthDelimited, name);
    const [key, value] = readEntry(type, place.reader.lengthDelimited(), place.depth);
    const map = (out[name] ??= {}) as Record<string, unknown>;
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  } else if (label === 'repeated') {
    const list = (out[name] ??= []) as unknown[];
    if (place.wireType === WIRE_TYPE.lengthDelimited && wireTypeOf(type) !== WIRE_TYPE.lengthDelimited)
      readPacked(type, place, list);
    else list.push(readValue(field, place));
  } else {
    const value = readValue(field, place);
    if (name === EMBEDDED) Object.assign(out, value);
    else out[name] = value;
  }
}

/** Writers may join the numbers of a list in one field. */
function readPacked(type: string, { reader, depth }: Place, list: unknown[]): void {
  const packed = new ProtobufReader(reader.lengthDelimited());
  const place = { reader: packed, wireType: wireTypeOf(type), depth };
  while (!packed.done) list.push(readValue({ name: '', type }, place));
}

function readEntry(type: string, bytes: Buffer, depth: number): [string, unknown] {
  const reader = new ProtobufReader(bytes);
  let key = '';
  let value: unknown;
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (field === 1) key = reader.lengthDelimited().toString();
    else if (field === 2) value = readValue({ name: 'value', type }, { reader, wireType, depth });
    else reader.skip(wireType);
  }
  return [key, value === undefined ? zeroOf(type) : value];
}

function zeroOf(type: string): unknown {
  if (!isScalar(type)) return readMessage(type, Buffer.alloc(0), 0);
  return wireTypeOf(type) === WIRE_TYPE.lengthDelimited ? '' : 0;
}

function readValue({ name, type }: Pick<MessageField, 'name' | 'type'>, place: Place): unknown {
  const { reader, wireType, depth } = place;
  expect(wireType, wireTypeOf(type), name);
  switch (type) {
    case 'string':
      return reader.lengthDelimited().toString();
    case 'bytes':
      return reader.lengthDelimited().toString('base64');
    case 'bool':
      return reader.signed() !== 0;
    case 'double':
      return reader.double();
    case 'int32':
    case 'uint32':
      return reader.signed() | 0;
    default:
      return isScalar(type) ? reader.signed() : readMessage(type, reader.lengthDelimited(), depth + 1);
  }
}

function expect(wireType: number, wanted: number, name: string): void {
  if (wireType !== wanted)
    throw new ProtobufError(`proto: wrong wireType = ${wireType} for field ${goName(name)}`);
}

const goName = (name: string) => name.slice(0, 1).toUpperCase() + name.slice(1);
