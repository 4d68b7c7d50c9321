/** Bytes that are no message, or nearly one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessage, fromProtobuf, ProtobufError } from './decode.ts';
import { encodeMessage } from './encode.ts';
import { wrap } from './envelope.ts';

test('no bytes make the decoder fail in any other way than by saying what is wrong', () => {
  const valid = Buffer.concat(
    wrap({ apiVersion: 'v1', kind: 'Pod' }, [
      encodeMessage('k8s.io.api.core.v1.Pod', {
        metadata: { name: 'p', labels: { a: 'b' }, creationTimestamp: '2026-01-02T03:04:05Z' },
        spec: { containers: [{ name: 'c', livenessProbe: { tcpSocket: { port: 80 } } }] },
      }),
    ]),
  );
  fc.assert(
    fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, byte, cut) => {
      const bytes = Buffer.from(valid);
      bytes[at] = byte;
      for (const attempt of [bytes, bytes.subarray(0, cut)]) {
        try {
          fromProtobuf(attempt);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }
    }),
    // Bytes where the seconds of a time should be.
    { numRuns: 2000, examples: [[32, 74, 0]] },
  );
});

test('messages nested without end are refused', () => {
  const name = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
  let schema: unknown = { type: 'string' };
  for (let i = 0; i < 600; i++) schema = { not: schema };
  expect(() => decodeMessage(name, encodeMessage(name, schema))).toThrow(ProtobufError);
});
