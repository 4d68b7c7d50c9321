import { expect, test } from 'vitest';
import { addressAt, checkCidr, overlap, planAddresses } from './address-plan.ts';

test('the usual ranges are taken when they are free', () => {
  expect(planAddresses({ podCidrs: [], serviceCidrs: [] })).toEqual({
    podCidr: '10.244.0.0/24',
    serviceCidr: '10.96.0.0/12',
  });
});

test('a second cluster takes the next ranges, whoever has the first', () => {
  expect(planAddresses({ podCidrs: ['10.244.0.0/23'], serviceCidrs: ['10.100.0.0/16'] })).toEqual({
    podCidr: '10.244.2.0/24',
    serviceCidr: '10.112.0.0/12',
  });
});

test('when nothing is free, it says which option gives a range', () => {
  expect(() => planAddresses({ podCidrs: ['10.0.0.0/8'], serviceCidrs: [] })).toThrow('--pod-cidr');
});

test('addresses in a range are counted from its first', () => {
  expect(addressAt('10.96.0.0/12', 1)).toBe('10.96.0.1');
  expect(addressAt('10.96.0.0/12', 10)).toBe('10.96.0.10');
  expect(addressAt('192.0.2.0/24', 256)).toBe('192.0.3.0');
});

test('ranges overlap when one has an address of the other', () => {
  expect(overlap('10.96.0.0/12', '10.111.255.0/24')).toBe(true);
  expect(overlap('10.96.0.0/12', '10.112.0.0/12')).toBe(false);
});

test.each(['10.244.0.0', '10.244.0.1/24', '300.0.0.0/8', '10.0.0.0/33', '10.0.0.0/30', 'x'])(
  '"%s" is refused',
  cidr => {
    expect(() => checkCidr('--pod-cidr', cidr, 28)).toThrow('--pod-cidr');
  },
);
