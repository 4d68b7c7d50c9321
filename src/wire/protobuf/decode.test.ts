import { expect, test } from 'vitest';
import { fromProtobuf } from './decode.ts';

/** A length-delimited field. */
const bytes = (field: number, value: Buffer | string): Buffer => {
  const content = Buffer.from(value);
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
};
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field << 3), varint(value)]);
function varint(value: number): Buffer {
  const out: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    out.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) return Buffer.from(out);
  }
}
const envelope = (apiVersion: string, kind: string, raw: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    bytes(1, Buffer.concat([bytes(1, apiVersion), bytes(2, kind)])),
    bytes(2, raw),
  ]);

test('a Deployment as kubectl sends it becomes the JSON that says the same', () => {
  const meta = bytes(
    1,
    Buffer.concat([bytes(1, 'web'), bytes(11, Buffer.concat([bytes(1, 'app'), bytes(2, 'web')]))]),
  );
  const spec = bytes(2, Buffer.concat([number(1, 3)]));
  expect(fromProtobuf(envelope('apps/v1', 'Deployment', Buffer.concat([meta, spec])))).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: { replicas: 3 },
  });
});

test('embedded messages, times, quantities and ports have their JSON form', () => {
  const volume = bytes(1, Buffer.concat([bytes(1, 'v'), bytes(2, bytes(2, Buffer.alloc(0)))]));
  const limits = bytes(1, Buffer.concat([bytes(1, 'cpu'), bytes(2, bytes(1, '500m'))]));
  const probe = bytes(
    10,
    bytes(
      1,
      bytes(2, Buffer.concat([bytes(1, '/'), bytes(2, Buffer.concat([number(1, 1), bytes(3, 'http')]))])),
    ),
  );
  const container = bytes(2, Buffer.concat([bytes(1, 'c'), bytes(8, limits), probe]));
  const meta = bytes(1, bytes(8, number(1, 1_767_225_600)));
  const pod = Buffer.concat([meta, bytes(2, Buffer.concat([volume, container]))]);
  expect(fromProtobuf(envelope('v1', 'Pod', pod))).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          name: 'c',
          resources: { limits: { cpu: '500m' } },
          livenessProbe: { httpGet: { path: '/', port: 'http' } },
        },
      ],
    },
  });
});

test.each([
  ['without the prefix', Buffer.from('{}'), 'does not appear to be a protobuf message'],
  ['that is cut off', envelope('v1', 'Pod', bytes(1, 'x')).subarray(0, 20), 'unexpected EOF'],
  ['of a kind nobody knows', envelope('v1', 'Frob', Buffer.alloc(0)), 'no kind "Frob" is registered'],
])('a body %s is refused', (_, body, message) => {
  expect(() => fromProtobuf(body)).toThrow(message);
});
