import { expect, test } from 'vitest';
import { checkCidr, freePodRange, freeServiceRange } from './address-plan.ts';

test('the usual ranges are taken when they are free', () => {
  expect([freePodRange([]), freeServiceRange([])]).toEqual(['10.244.0.0/24', '10.96.0.0/12']);
});

test('a second cluster takes the next ranges, whoever has the first', () => {
  expect(freePodRange(['10.244.0.0/23'])).toBe('10.244.2.0/24');
  expect(freeServiceRange(['10.100.0.0/16'])).toBe('10.112.0.0/12');
});

test('when nothing is free, it says which option gives a range', () => {
  expect(() => freePodRange(['10.0.0.0/8'])).toThrow('--pod-cidr');
  expect(() => freeServiceRange(['10.0.0.0/8'])).toThrow('--service-cidr');
});

test.each(['10.244.0.0', '10.244.0.1/24', '300.0.0.0/8', '10.0.0.0/33', '10.0.0.0/30', 'x'])(
  '"%s" is refused',
  cidr => {
    expect(() => checkCidr('--pod-cidr', cidr, 28)).toThrow('--pod-cidr');
  },
);
