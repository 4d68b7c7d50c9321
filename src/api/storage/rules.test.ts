/** Rules of the storage kinds that no recording of single changes shows. */
import { expect, test } from 'vitest';
import type { FieldError } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { csiDriver } from './csi-driver.ts';
import { csiNode } from './csi-node.ts';
import { csiStorageCapacity } from './csi-storage-capacity.ts';
import { volumeAttachment } from './volume-attachment.ts';
import { volumeAttributesClass } from './volume-attributes-class.ts';

const context = {} as StrategyContext;
const metadata = { name: 'x' };
const texts = (errors: readonly FieldError[] | undefined) => errors?.map(e => `${e.field}: ${e.body}`);

const driver = (spec: object) => ({ metadata, spec: { attachRequired: true, ...spec } }) as never;

test.each([
  [{ serviceAccountTokenInSecrets: true, tokenRequests: [{ audience: 'a' }] }, []],
  [
    { serviceAccountTokenInSecrets: false },
    [
      'spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
    ],
  ],
  [
    {
      tokenRequests: [
        { audience: '', expirationSeconds: 600 },
        { audience: '', expirationSeconds: 1 },
      ],
    },
    ['spec.tokenRequests[1].audience: Duplicate value: ""'],
  ],
])('a CSI driver with %j', (spec, expected) => {
  expect(texts(csiDriver.validate?.(driver(spec), context))).toEqual(expected);
});

test('what a CSI driver cannot change is told under upstream’s names', () => {
  const next = driver({ attachRequired: false, volumeLifecycleModes: ['Ephemeral'] });
  const old = driver({ volumeLifecycleModes: ['Persistent'] });
  expect(texts(csiDriver.validateUpdate?.(next, old, context))).toEqual([
    'spec.attachedRequired: Invalid value: false: field is immutable',
    'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
  ]);
});

test('a driver of a node is named once, and its topology keys are looked at last', () => {
  const one = { name: 'd.example.com', nodeID: 'n' };
  const drivers = [one, { ...one, topologyKeys: ['', 'a', 'a'] }];
  const errors = texts(csiNode.validate?.({ metadata, spec: { drivers } } as never, context)) ?? [];
  expect(errors.map(text => text.replace(/: name part.*/, ''))).toEqual([
    'spec.drivers[1].name: Duplicate value: "d.example.com"',
    'spec.drivers[1]: Required value',
    'spec.drivers[1]: Invalid value: ""',
    'spec.drivers[1]: Invalid value: ""',
    'spec.drivers[1]: Duplicate value: "a"',
  ]);
});

test('the capacity of storage is not negative; the largest volume is not looked at', () => {
  const object = { metadata, storageClassName: 's', capacity: '-1', maximumVolumeSize: '-1' } as never;
  expect(csiStorageCapacity.validate?.(object, context).map(e => e.field)).toEqual(['capacity']);
});

test('the driver of an attachment is looked at last, and only when it is new', () => {
  const attach = (attacher: string) =>
    ({ metadata, spec: { attacher, nodeName: 'N', source: { persistentVolumeName: 'P' } } }) as never;
  const fields = (errors: readonly FieldError[] | undefined) => errors?.map(e => e.field);
  expect(fields(volumeAttachment.validate?.(attach('A_'), context))).toEqual([
    'spec.nodeName',
    'spec.attacher',
    'spec.source.persistentVolumeName',
  ]);
  expect(fields(volumeAttachment.validateUpdate?.(attach('A_'), attach('a'), context))).toEqual([
    'spec.nodeName',
    'spec',
  ]);
});

test('what is said of an attachment is of a bounded size', () => {
  const status = {
    attached: true,
    attachmentMetadata: { k: 'x'.repeat(300_000) },
    attachError: { message: 'x'.repeat(1025), errorCode: -1 },
  };
  const object = { metadata, spec: {}, status } as never;
  const { validateUpdate } = volumeAttachment.subresources?.status ?? {};
  expect(texts(validateUpdate?.(object, object, context))).toEqual([
    'status.attachmentMetadata: Too long: may not be more than 262144 bytes',
    'status.attachError.message: Too long: may not be more than 262144 bytes',
    'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ]);
});

test('the parameters of a class of attributes are of a bounded size', () => {
  const check = (parameters: object) =>
    texts(volumeAttributesClass.validate?.({ metadata, driverName: 'd', parameters } as never, context));
  expect(check({ k: 'x'.repeat(300_000) })).toEqual([
    'parameters: Too long: may not be more than 262144 bytes',
  ]);
  expect(check(Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}`, ''])))).toEqual([
    'parameters: Too long: may not be more than 512 bytes',
  ]);
});
