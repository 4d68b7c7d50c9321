/** Arithmetic on IPv4 prefixes, as far as the ranges of pods and services need it. */
import { isIPv4 } from 'node:net';

export interface Prefix {
  /** The network address, host bits zero. */
  readonly network: string;
  /** 0 to 32. */
  readonly bits: number;
}

/** @throws RangeError for anything but an IPv4 prefix such as 10.244.0.0/24 */
export function parsePrefix(cidr: string): Prefix {
  const [address = '', length = ''] = cidr.split('/');
  const bits = Number(length);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || bits > 32 || cidr.split('/').length !== 2) {
    throw new RangeError(`Cannot use "${cidr}" as an address range: it must be like 10.244.0.0/24`);
  }
  const size = 2 ** (32 - bits);
  return { network: toAddress(Math.floor(toNumber(address) / size) * size), bits };
}

/** The first host address of a range: the gateway of the pods in it. */
export const firstAddress = (cidr: string): string => addressAt(cidr, 1);

/** The address `n` places after the range's first. */
export function addressAt(cidr: string, n: number): string {
  return toAddress(toNumber(parsePrefix(cidr).network) + n);
}

/** Whether two ranges have an address in common. */
export function overlap(a: string, b: string): boolean {
  const bits = Math.min(parsePrefix(a).bits, parsePrefix(b).bits);
  return parsePrefix(`${addressOf(a)}/${bits}`).network === parsePrefix(`${addressOf(b)}/${bits}`).network;
}

const addressOf = (cidr: string): string => cidr.split('/')[0] ?? '';

export const toNumber = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

const toAddress = (value: number): string =>
  [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.');
