/** A request body in protobuf, as the JSON value that says the same. */
import { badRequest, type StatusError } from '../../api/status-error.ts';
import { fromEnvelope, ProtobufError } from '../../wire/protobuf/decode.ts';
import { type TypeMeta, unwrap } from '../../wire/protobuf/envelope.ts';
import { messageNameOf } from '../../wire/protobuf/message-name.ts';

/**
 * `expected` stands for what the envelope does not say. A kind that has no message is left to the
 * reader of the value, who knows what to say about it.
 * @throws StatusError 400; `unrecognized` words what is wrong with the envelope
 */
export function protobufBody(
  bytes: Buffer,
  expected: TypeMeta,
  unrecognized: (why: string) => StatusError = badRequest,
): Record<string, unknown> {
  const envelope = orThrow(() => unwrap(bytes), unrecognized);
  const kind = envelope.kind || expected.kind;
  const apiVersion = envelope.apiVersion || expected.apiVersion;
  if (messageNameOf(apiVersion, kind) === undefined) return { apiVersion, kind };
  const version = JSON.stringify(apiVersion.slice(apiVersion.indexOf('/') + 1));
  const fields = orThrow(
    () => fromEnvelope({ apiVersion, kind, raw: envelope.raw }),
    why => badRequest(`${kind} in version ${version} cannot be handled as a ${expected.kind}: ${why}`),
  );
  return { ...fields, apiVersion, kind };
}

function orThrow<T>(read: () => T, wording: (why: string) => StatusError): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ProtobufError ? wording(error.message) : error;
  }
}
