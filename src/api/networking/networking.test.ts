import { expect, test } from 'vitest';
import { seededRandom } from '../../base/random.ts';
import type { Ingress, NetworkPolicy, ServiceCIDR } from '../../generated/networking-v1.ts';
import { lease } from '../coordination/lease.ts';
import type { FieldError } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { ingress } from './ingress.ts';
import { networkPolicy } from './network-policy.ts';
import { serviceCidr } from './service-cidr.ts';

const clock = { now: () => 0, monotonic: () => 0, schedule: () => ({ cancel: () => undefined }) };
const context: StrategyContext = { clock, random: seededRandom(1) };
const texts = (errors: readonly FieldError[] | undefined) => errors?.map(e => `${e.field}: ${e.body}`);

test('a range of Services may only be joined by one of the other family', () => {
  const cidr = (...cidrs: string[]) =>
    ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: {},
      spec: { cidrs },
    }) as ServiceCIDR;
  const update = (next: ServiceCIDR, old: ServiceCIDR) =>
    texts(serviceCidr.validateUpdate?.(next, old, context));
  expect(update(cidr('10.0.0.0/24', 'fd00::/64'), cidr('10.0.0.0/24'))).toEqual([]);
  expect(update(cidr('10.1.0.0/24'), cidr('10.0.0.0/24'))).toEqual([
    'spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable',
  ]);
  expect(update(cidr('10.0.0.0/24'), cidr('10.0.0.0/24', 'fd00::/64'))).toEqual([
    'spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable',
  ]);
});

test('each range of Services is looked at before they are compared', () => {
  const object = { metadata: {}, spec: { cidrs: ['10.0.0.1/24', '10.1.0.0/24'] } } as unknown as ServiceCIDR;
  expect(serviceCidr.validate?.(object, context).map(e => e.field)).toEqual(['spec.cidrs[0]', 'spec.cidrs']);
});

test('a new Ingress does not name two classes', () => {
  const object = {
    metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } },
    spec: { ingressClassName: 'b', defaultBackend: { service: { name: 's', port: { number: 1 } } } },
  } as unknown as Ingress;
  expect(texts(ingress.validate?.(object, context))).toEqual([
    'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
  ]);
  expect(ingress.validateUpdate?.(object, object, context)).toEqual([]);
});

test('exceptions of a block that is none are not looked at', () => {
  const from = [{ ipBlock: { cidr: 'x', except: ['y'] } }];
  const object = { metadata: {}, spec: { podSelector: {}, ingress: [{ from }] } } as unknown as NetworkPolicy;
  expect(networkPolicy.validate?.(object, context)).toHaveLength(1);
});

test('how the holder of a Lease is picked is one of a few ways, or somebody’s own', () => {
  const check = (spec: object) => texts(lease.validate?.({ metadata: {}, spec } as never, context));
  expect(check({ strategy: 'example.com/mine', preferredHolder: 'me' })).toEqual([]);
  expect(check({ strategy: 'x' })).toEqual([
    'spec.strategy.strategy: Unsupported value: "x": supported values: "OldestEmulationVersion"',
  ]);
  expect(check({ preferredHolder: 'me' })).toEqual([
    'spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined',
  ]);
});
