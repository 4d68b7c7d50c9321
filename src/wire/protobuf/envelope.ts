/**
 * What stands around a message: the bytes `k8s\0`, then runtime.Unknown, which names apiVersion and
 * kind and has the message in `raw`. Streams of watch events have frames instead: four bytes of
 * length, big-endian, then a WatchEvent, whose object has an envelope of its own (API concepts,
 * "Protobuf encoding"). Bytes of the message are passed on, never copied to be wrapped.
 */
import { ProtobufError, ProtobufReader } from './reader.ts';
import { varintSize, writeVarint } from './writer.ts';

const MAGIC = Buffer.from('k8s\0');
const UNKNOWN = { typeMeta: 1, raw: 2, contentEncoding: 3 } as const;
const RAW_TAG = UNKNOWN.raw * 8 + 2;
/** Of a list's `items`, of every kind. */
const ITEM_TAG = 2 * 8 + 2;
/** contentEncoding and contentType, both empty: Go writes them. */
const TAIL = Buffer.from([0x1a, 0, 0x22, 0]);

export interface Envelope {
  /** May be empty: the reader knows what it expects. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Buffer;
}

export interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The envelope around `raw`, which may come in pieces. */
export function wrap(type: TypeMeta, raw: readonly Buffer[]): Buffer[] {
  const length = raw.reduce((sum, piece) => sum + piece.length, 0);
  const names = typeMeta(type);
  const head = Buffer.allocUnsafe(names.length + 1 + varintSize(length));
  names.copy(head);
  head[names.length] = RAW_TAG;
  writeVarint(head, names.length + 1, length);
  return [head, ...raw, TAIL];
}

/** The bytes before `raw`; there are as many different ones as kinds. */
const heads = new Map<string, Buffer>();

function typeMeta({ apiVersion, kind }: TypeMeta): Buffer {
  const key = `${apiVersion} ${kind}`;
  let head = heads.get(key);
  if (!head) {
    const names = Buffer.concat([field(1, Buffer.from(apiVersion)), field(2, Buffer.from(kind))]);
    head = Buffer.concat([MAGIC, field(UNKNOWN.typeMeta, names)]);
    heads.set(key, head);
  }
  return head;
}

/** A length-delimited field. */
export function field(number: number, bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(1 + varintSize(bytes.length) + bytes.length);
  out[0] = number * 8 + 2;
  bytes.copy(out, writeVarint(out, 1, bytes.length));
  return out;
}

/** A message as an item of a list, in memory of its own: for bytes that are kept. */
export function listItem(message: Buffer): Buffer {
  const out = Buffer.allocUnsafeSlow(1 + varintSize(message.length) + message.length);
  out[0] = ITEM_TAG;
  message.copy(out, writeVarint(out, 1, message.length));
  return out;
}

/** The message in what `listItem` gave. */
export function messageOfItem(item: Buffer): Buffer {
  let start = 1;
  while (((item[start] ?? 0) & 0x80) !== 0) start++;
  return item.subarray(start + 1);
}

/** One event of a watch stream. */
export function watchFrame(eventType: string, type: TypeMeta, message: Buffer): Buffer {
  const object = wrap(type, [message]);
  const objectLength = object.reduce((sum, piece) => sum + piece.length, 0);
  const name = field(1, Buffer.from(eventType));
  const extension = 1 + varintSize(objectLength) + objectLength;
  const eventLength = name.length + 1 + varintSize(extension) + extension;
  const frame = Buffer.allocUnsafe(4 + eventLength);
  frame.writeUInt32BE(eventLength, 0);
  let at = 4 + name.copy(frame, 4);
  frame[at++] = 2 * 8 + 2;
  at = writeVarint(frame, at, extension);
  frame[at++] = 1 * 8 + 2;
  at = writeVarint(frame, at, objectLength);
  for (const piece of object) at += piece.copy(frame, at);
  return frame;
}

/** @throws ProtobufError with Go's texts */
export function unwrap(bytes: Buffer): Envelope {
  if (bytes.length === 0) throw new ProtobufError('empty data');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new ProtobufError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  if (bytes.length === MAGIC.length) throw new ProtobufError('empty body');
  const reader = new ProtobufReader(bytes.subarray(MAGIC.length));
  let type: TypeMeta = { apiVersion: '', kind: '' };
  let raw: Buffer = Buffer.alloc(0);
  while (!reader.done) {
    const { field: number, wireType } = reader.tag();
    if (number === UNKNOWN.typeMeta) type = readTypeMeta(reader.lengthDelimited());
    else if (number === UNKNOWN.raw) raw = reader.lengthDelimited();
    else if (number === UNKNOWN.contentEncoding && reader.lengthDelimited().length > 0)
      throw new ProtobufError('contentEncoding is not supported');
    else if (number !== UNKNOWN.contentEncoding) reader.skip(wireType);
  }
  return { ...type, raw };
}

function readTypeMeta(bytes: Buffer): TypeMeta {
  const reader = new ProtobufReader(bytes);
  const names = ['', '', ''];
  while (!reader.done) {
    const { field: number, wireType } = reader.tag();
    if (number === 1 || number === 2) names[number] = reader.lengthDelimited().toString();
    else reader.skip(wireType);
  }
  return { apiVersion: names[1] ?? '', kind: names[2] ?? '' };
}
