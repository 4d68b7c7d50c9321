/**
 * From Kubernetes' protobuf form to the JSON value that says the same: kubectl and client-go send
 * typed objects this way.
 *
 * Form: the bytes `k8s\0`, then runtime.Unknown: apiVersion and kind, and the object's own message
 * in `raw`. Messages follow the Go structs, so zero values of non-pointer fields are on the wire
 * as well; what JSON leaves out when empty is left to the schema's decoder (api/schema/decode.ts).
 */
import { EMBEDDED, isScalar, type MessageField, messageNamed } from './messages.ts';
import { ProtobufError, ProtobufReader } from './reader.ts';
import { specialValue } from './special.ts';

export { ProtobufError } from './reader.ts';

const MAGIC = Buffer.from('k8s\0');
const UNKNOWN = { typeMeta: 1, raw: 2, contentEncoding: 3 };

/** @throws ProtobufError */
export function fromProtobuf(bytes: Buffer): Record<string, unknown> {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new ProtobufError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  const { apiVersion, kind, raw } = readUnknown(bytes.subarray(MAGIC.length));
  const value = readMessage(messageName(apiVersion, kind), raw);
  return { apiVersion, kind, ...(value as Record<string, unknown>) };
}

/** Undefined: there is no such message, so this kind has no protobuf form. */
function messageName(apiVersion: string, kind: string): string {
  const [first = '', second] = apiVersion.split('/');
  const [group, version] = second === undefined ? ['core', first] : [first, second];
  const short = group.split('.')[0] as string;
  const name =
    group === 'apiextensions.k8s.io'
      ? `k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.${version}.${kind}`
      : group === 'apiregistration.k8s.io'
        ? `k8s.io.kube_aggregator.pkg.apis.apiregistration.${version}.${kind}`
        : `k8s.io.api.${short}.${version}.${kind}`;
  if (messageNamed(name)) return name;
  const meta = `k8s.io.apimachinery.pkg.apis.meta.v1.${kind}`;
  if (messageNamed(meta)) return meta;
  throw new ProtobufError(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
  );
}

function readUnknown(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer } {
  const reader = new ProtobufReader(bytes);
  let [apiVersion, kind] = ['', ''];
  let raw: Buffer = Buffer.alloc(0);
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (field === UNKNOWN.typeMeta) {
      const meta = new ProtobufReader(reader.lengthDelimited());
      while (!meta.done) {
        const tag = meta.tag();
        if (tag.field === 1) apiVersion = meta.lengthDelimited().toString();
        else if (tag.field === 2) kind = meta.lengthDelimited().toString();
        else meta.skip(tag.wireType);
      }
    } else if (field === UNKNOWN.raw) raw = reader.lengthDelimited();
    else if (field === UNKNOWN.contentEncoding && reader.lengthDelimited().length > 0)
      throw new ProtobufError('contentEncoding is not supported');
    else if (field !== UNKNOWN.contentEncoding) reader.skip(wireType);
  }
  return { apiVersion, kind, raw };
}

function readMessage(name: string, bytes: Buffer): unknown {
  const special = specialValue(name, bytes);
  if (special !== undefined) return special.value;
  const message = messageNamed(name);
  if (!message) throw new ProtobufError(`unknown message ${name}`);
  const reader = new ProtobufReader(bytes);
  const out: Record<string, unknown> = {};
  while (!reader.done) {
    const { field: number, wireType } = reader.tag();
    const field = message.get(number);
    if (field) readField(field, reader, wireType, out);
    else reader.skip(wireType);
  }
  return out;
}

function readField(
  field: MessageField,
  reader: ProtobufReader,
  wireType: number,
  out: Record<string, unknown>,
): void {
  const { name, label, type } = field;
  if (label === 'map') {
    const [key, value] = readEntry(type, reader.lengthDelimited());
    const map = (out[name] ??= {}) as Record<string, unknown>;
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
    return;
  }
  const value = readValue(type, reader, wireType);
  if (label === 'repeated') ((out[name] ??= []) as unknown[]).push(value);
  else if (name === EMBEDDED) Object.assign(out, value);
  else out[name] = value;
}

function readEntry(type: string, bytes: Buffer): [string, unknown] {
  const reader = new ProtobufReader(bytes);
  let key = '';
  let value: unknown = isScalar(type) ? (type === 'string' || type === 'bytes' ? '' : 0) : {};
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (field === 1) key = reader.lengthDelimited().toString();
    else if (field === 2) value = readValue(type, reader, wireType);
    else reader.skip(wireType);
  }
  return [key, value];
}

function readValue(type: string, reader: ProtobufReader, wireType: number): unknown {
  if (!isScalar(type)) {
    expect(wireType, 2, type);
    return readMessage(type, reader.lengthDelimited());
  }
  switch (type) {
    case 'string':
      expect(wireType, 2, type);
      return reader.lengthDelimited().toString();
    case 'bytes':
      expect(wireType, 2, type);
      return reader.lengthDelimited().toString('base64');
    case 'bool':
      expect(wireType, 0, type);
      return reader.varint() !== 0n;
    case 'double':
      expect(wireType, 1, type);
      return reader.double();
    default:
      expect(wireType, 0, type);
      return reader.signed();
  }
}

function expect(wireType: number, wanted: number, type: string): void {
  if (wireType !== wanted)
    throw new ProtobufError(`proto: wrong wireType = ${wireType} for field of type ${type}`);
}
