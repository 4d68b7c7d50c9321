/** Rules of resource.k8s.io that no recording of single changes shows. */
import { expect, test } from 'vitest';
import type { FieldError } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { resourceClaim } from './resource-claim.ts';
import { resourceSlice } from './resource-slice.ts';

const context = { clock: { now: () => 0 } } as StrategyContext;
const texts = (errors: readonly FieldError[] | undefined) => errors?.map(e => `${e.field}: ${e.body}`);
const times = <T>(n: number, item: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => item(i));

const request = (exactly: object) => ({ name: 'r', exactly: { deviceClassName: 'c', ...exactly } });
const claim = (devices: object, status: object = {}, metadata: object = {}) => {
  const object = { metadata: { name: 'x', ...metadata }, spec: { devices }, status } as never;
  resourceClaim.defaults?.(object, context);
  return object;
};
const opaque = (parameters: unknown) => ({ opaque: { driver: 'D.example.com', parameters } });

test.each([
  [{ requests: [request({ tolerations: times(20, () => ({ operator: 'Exists' })) })] }, []],
  [
    { requests: [request({ tolerations: [{ key: 'k', operator: 'Exists', value: 'v', effect: 'X' }] })] },
    [
      'requests[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator `Exists`',
      'requests[0].exactly.tolerations[0].effect: Unsupported value: "X": supported values: "NoExecute", "NoSchedule", "None"',
    ],
  ],
  [
    { config: [{ requests: ['a/b/c'], ...opaque({}) }] },
    [
      `config[0].requests[0]: Invalid value: "a/b/c": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
    ],
  ],
  [
    { config: [opaque({ a: 'x'.repeat(10_240) })] },
    ['config[0].opaque.parameters: Too long: may not be more than 10240 bytes'],
  ],
  [{ config: times(33, () => opaque({})) }, ['config: Too many: 33: must have at most 32 items']],
])('a claim of %j', (devices, expected) => {
  const errors = texts(resourceClaim.validate?.(claim(devices), context));
  expect(errors).toEqual(expected.map(text => `spec.devices.${text}`));
});

const result = { request: 'r', driver: 'd.example.com', pool: 'p', device: 'dev' };
const allocation = { devices: { results: [result] } };
const user = { resource: 'pods', name: 'n', uid: 'u' };
const said = { driver: 'd.example.com', pool: 'p', device: 'dev' };

test.each([
  [{ allocation, reservedFor: [user], devices: [{ ...said, data: { a: 1 } }] }, []],
  [
    { allocation, reservedFor: [user, { ...user, name: '' }] },
    ['reservedFor[1].name: Required value', 'reservedFor[1]: Duplicate value: "u"'],
  ],
  [{ reservedFor: [user] }, ['reservedFor: Forbidden: may not be specified when `allocated` is not set']],
  [
    { allocation, devices: [{ ...said, device: 'other' }, said, said] },
    [
      'devices[0]: Invalid value: d.example.com/p/other: must be an allocated device in the claim',
      'devices[2]: Duplicate value: d.example.com/p/dev',
    ],
  ],
  [
    {
      allocation,
      devices: [
        { ...said, data: [], networkData: { interfaceName: 'x'.repeat(257), ips: ['10.0.0.1/08', 'x'] } },
      ],
    },
    [
      'devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object',
      'devices[0].networkData.interfaceName: Too long: may not be more than 256 bytes',
      'devices[0].networkData.ips[0]: Invalid value: "10.0.0.1/08": must be in canonical form ("10.0.0.1/8")',
      'devices[0].networkData.ips[1]: Invalid value: "x": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
    ],
  ],
  [
    {
      allocation: {
        devices: {
          results: [{ ...result, request: 's', shareID: 'x', bindingConditions: ['a'] }],
          config: [{ source: 'Bogus' }],
        },
        nodeSelector: { nodeSelectorTerms: [] },
      },
    },
    [
      `allocation.devices.results[0].request: Invalid value: "s": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      'allocation.devices.results[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
      'allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
      'allocation.devices.config[0].source: Unsupported value: "Bogus": supported values: "FromClaim", "FromClass"',
      'allocation.devices.config[0].opaque: Required value',
      'allocation.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
  ],
])('a status of a claim %j', (status, expected) => {
  const [next, old] = [claim({ requests: [request({})] }, status), claim({ requests: [request({})] })];
  const errors = texts(resourceClaim.subresources?.status?.validateUpdate?.(next, old, context));
  expect(errors).toEqual(expected.map(text => `status.${text}`));
});

test('what a driver says of a device goes with the device; a claim on its way out takes no more users', () => {
  const old = claim({}, { allocation, devices: [said] });
  const next = claim({}, { devices: [said] });
  resourceClaim.subresources?.status?.prepareForUpdate?.(next, old, context);
  expect((next as { status: object }).status).toEqual({});
  const used = claim({}, { allocation, reservedFor: [user] }, { deletionTimestamp: 'now' });
  expect(texts(resourceClaim.subresources?.status?.validateUpdate?.(used, old, context))).toEqual([
    'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
  ]);
});

const spec = (more: object) => ({
  driver: 'd.example.com',
  pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
  allNodes: true,
  ...more,
});
const slice = (more: object) => ({ metadata: { name: 'x' }, spec: spec(more) }) as never;
const counted = (requestPolicy: object) => ({
  devices: [{ name: 'd', allowMultipleAllocations: true, capacity: { c: { value: '10', requestPolicy } } }],
});
const policy = 'spec.devices[0].capacity[c].requestPolicy';

test.each([
  [{ nodeName: '' }, ['spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string']],
  [
    { devices: [{ name: 'd' }], sharedCounters: [{ name: '', counters: { c: { value: '1' } } }] },
    [
      'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
      'spec.sharedCounters[0].name: Required value',
    ],
  ],
  [
    { devices: times(65, i => ({ name: `d${i}`, taints: [{ key: 'k', effect: 'None' }] })) },
    ['spec.devices: Too many: 65: must have at most 64 items'],
  ],
  [
    { devices: [{ name: 'd', consumesCounters: [{ counterSet: '', counters: {} }] }, { name: 'd' }] },
    [
      'spec.devices[0].consumesCounters[0].counterSet: Required value',
      'spec.devices[0].consumesCounters[0].counters: Required value',
      'spec.devices[1]: Duplicate value: "d"',
    ],
  ],
  [
    {
      allNodes: undefined,
      perDeviceNodeSelection: true,
      devices: [{ name: 'd' }, { name: 'e', nodeName: '' }],
    },
    [
      'spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      'spec.devices[1].nodeName: Invalid value: "": must not be empty',
      'spec.devices[1]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    ],
  ],
  [
    { devices: [{ name: 'd', capacity: { c: { value: '1', requestPolicy: {} } } }] },
    [`${policy}: Forbidden: allowMultipleAllocations must be true`],
  ],
  [
    counted({ validValues: ['1'] }),
    [`${policy}.default: Required value: required when validValues is defined`],
  ],
  [
    counted({ default: '3', validValues: ['2', '1', '11'] }),
    [
      `${policy}.validValues[1]: Invalid value: "1": values must be sorted in ascending order`,
      `${policy}.validValues[2]: Invalid value: "11": option is larger than capacity value: 10`,
      `${policy}.validValues: Invalid value: "3": default value is not valid according to the requestPolicy`,
    ],
  ],
  [
    counted({ default: '2', validRange: { min: '1', max: '6', step: '2' } }),
    [
      `${policy}.validRange.step: Invalid value: "2": value is not a multiple of a given step (2) from (1)`,
      `${policy}.validRange.step: Invalid value: "6": value is not a multiple of a given step (2) from (1)`,
    ],
  ],
  [
    counted({ default: '1', validRange: { min: '2', max: '11', step: '9' } }),
    [
      `${policy}.validRange.default: Invalid value: "1": default is less than min: 2`,
      `${policy}.validRange.max: Invalid value: "11": max is larger than capacity value: 10`,
      `${policy}.validRange.step: Invalid value: "9": one step 11 is larger than capacity value: 10`,
      `${policy}.validRange.step: Invalid value: "1": value is not a multiple of a given step (9) from (2)`,
    ],
  ],
])('a slice with %j', (more, expected) => {
  expect(texts(resourceSlice.validate?.(slice(more), context))).toEqual(expected);
});

test('taints are stamped, what v1.36 does not have is dropped, and upper case is warned of', () => {
  const object = slice({
    driver: 'D.example.com',
    devices: [
      {
        name: 'd',
        attributes: { a: { ints: [1] } },
        nodeAllocatableResourceMappings: {},
        taints: [{ key: 'k' }],
      },
    ],
  });
  resourceSlice.defaults?.(object, context);
  resourceSlice.prepareForCreate?.(object, context);
  expect((object as { spec: { devices: object[] } }).spec.devices).toEqual([
    { name: 'd', attributes: { a: {} }, taints: [{ key: 'k', timeAdded: '1970-01-01T00:00:00Z' }] },
  ]);
  expect(resourceSlice.warnings?.(object, undefined)).toEqual([
    'spec.driver: driver names should be lowercase; "D.example.com" contains uppercase characters',
  ]);
});
