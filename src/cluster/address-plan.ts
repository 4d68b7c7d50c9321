/**
 * Which address ranges a new cluster takes: the usual ones when they are free, the next ones when
 * another cluster in the same network namespace has them. IPv4.
 */
import { overlap, parsePrefix } from '../network/cidr.ts';

const POD_RANGES = Array.from({ length: 256 }, (_, i) => `10.244.${i}.0/24`);
/** 10.96.0.0/12 as kubeadm has it, then the /12 ranges after it. */
const SERVICE_RANGES = [96, 112, 128, 144, 160, 176, 192, 208].map(second => `10.${second}.0.0/12`);

/** @throws Error when every range is taken */
export function freePodRange(taken: readonly string[]): string {
  const range = firstFree(POD_RANGES, taken);
  if (!range) throw new Error('no pod address range of 10.244.0.0/16 is free; give one with --pod-cidr');
  return range;
}

/** @throws Error when every range is taken */
export function freeServiceRange(taken: readonly string[]): string {
  const range = firstFree(SERVICE_RANGES, taken);
  if (!range) throw new Error('no service address range is free; give one with --service-cidr');
  return range;
}

const firstFree = (ranges: readonly string[], taken: readonly string[]): string | undefined =>
  ranges.find(range => !taken.some(other => overlap(range, other)));

/**
 * A range as an option gives it.
 * @param maxPrefix the longest prefix that still holds what the range is for
 * @throws Error when the text is no IPv4 range with its host bits zero
 */
export function checkCidr(option: string, cidr: string, maxPrefix: number): string {
  if (!isNetwork(cidr, maxPrefix)) {
    throw new Error(`${option} ${cidr}: give an IPv4 range such as 10.244.0.0/24, at most /${maxPrefix}`);
  }
  return cidr;
}

function isNetwork(cidr: string, maxPrefix: number): boolean {
  try {
    const { network, bits } = parsePrefix(cidr);
    return bits <= maxPrefix && cidr.startsWith(`${network}/`);
  } catch {
    return false;
  }
}
