import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalIpErrors,
  cidrContains,
  cidrErrors,
  formatIp,
  ipErrors,
  parseCidr,
  parseIp,
  specialIpErrors,
} from './ip.ts';

const bytes = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length });

test('an address printed and read again is the same', () => {
  fc.assert(
    fc.property(bytes(4), b => {
      expect(parseIp(formatIp({ family: 'IPv4', bytes: b }))?.bytes).toEqual(b);
    }),
  );
  fc.assert(
    fc.property(bytes(16), b => {
      const first = b.with(0, 0x20);
      expect(parseIp(formatIp({ family: 'IPv6', bytes: first }))?.bytes).toEqual(first);
    }),
  );
});

test('every address is in the network its prefix names', () => {
  fc.assert(
    fc.property(bytes(4), fc.integer({ min: 0, max: 32 }), (b, prefix) => {
      const ip = { family: 'IPv4', bytes: b } as const;
      expect(cidrContains({ ip, prefix }, ip)).toBe(true);
    }),
  );
});

test.each([
  ['10.0.0.1', []],
  ['fd00::1', []],
  ['2001:0db8::1', []],
  ['010.0.0.1', ['must not have leading 0s']],
  ['::ffff:1.2.3.4', ['must not be an IPv4-mapped IPv6 address']],
  ['1.2.3', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
  ['1:2:3:4:5:6:7:8:9', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
  ['fe80::1%eth0', ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
])('%s as an address: %j', (text, errors) => {
  expect(ipErrors(text)).toEqual(errors);
});

test.each([
  ['10.0.0.0/8', []],
  ['::/0', []],
  ['10.0.0.1/8', ['must not have bits set beyond the prefix length']],
  ['10.0.0.0/08', ['must not have leading 0s in IP or prefix length']],
  ['10.0.0.0/33', ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']],
])('%s as a CIDR: %j', (text, errors) => {
  expect(cidrErrors(text)).toEqual(errors);
});

test('one spelling only where strings are compared', () => {
  expect(canonicalIpErrors('FD00::1')).toEqual(['must be in canonical form ("fd00::1")']);
  expect(canonicalIpErrors('fd00:0:0:0:0:0:0:1')).toEqual(['must be in canonical form ("fd00::1")']);
});

test('addresses that mean the host itself are no endpoints', () => {
  expect(specialIpErrors('0.0.0.0')).toEqual(['may not be unspecified (0.0.0.0)']);
  expect(specialIpErrors('::1')).toHaveLength(1);
  expect(specialIpErrors('169.254.1.1')).toHaveLength(1);
  expect(specialIpErrors('224.0.0.5')).toHaveLength(1);
  expect(specialIpErrors('10.0.0.1')).toEqual([]);
  expect(parseCidr('10.0.0.0')).toBeUndefined();
});
