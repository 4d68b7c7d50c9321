/**
 * Which address ranges a new cluster takes: the usual ones when they are free, the next ones when
 * another cluster in the same network namespace has them. IPv4.
 */

export interface AddressPlan {
  readonly podCidr: string;
  readonly serviceCidr: string;
}

export interface TakenRanges {
  readonly podCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
}

const POD_RANGES = Array.from({ length: 256 }, (_, i) => `10.244.${i}.0/24`);
/** 10.96.0.0/12 as kubeadm has it, then the /12 ranges after it. */
const SERVICE_RANGES = [96, 112, 128, 144, 160, 176, 192, 208].map(second => `10.${second}.0.0/12`);

/** @throws Error when every range is taken */
export function planAddresses(taken: TakenRanges): AddressPlan {
  const podCidr = POD_RANGES.find(range => !taken.podCidrs.some(other => overlap(range, other)));
  const serviceCidr = SERVICE_RANGES.find(range => !taken.serviceCidrs.some(other => overlap(range, other)));
  if (!podCidr) throw new Error('no pod address range of 10.244.0.0/16 is free; give one with --pod-cidr');
  if (!serviceCidr) throw new Error('no service address range is free; give one with --service-cidr');
  return { podCidr, serviceCidr };
}

/** The address `n` places after the range's first. */
export function addressAt(cidr: string, n: number): string {
  const value = range(cidr).first + n;
  return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.');
}

export function overlap(a: string, b: string): boolean {
  const [x, y] = [range(a), range(b)];
  return x.first < y.first + y.size && y.first < x.first + x.size;
}

/** @throws Error when the text is no IPv4 range with its host bits zero */
export function checkCidr(option: string, cidr: string, maxPrefix: number): string {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const valid = match?.slice(1, 5).every(part => Number(part) <= 255) && Number(match[5]) <= 32;
  if (!valid || range(cidr).first % range(cidr).size !== 0 || Number(match?.[5]) > maxPrefix) {
    throw new Error(`${option} ${cidr}: give an IPv4 range such as 10.244.0.0/24, at most /${maxPrefix}`);
  }
  return cidr;
}

function range(cidr: string): { readonly first: number; readonly size: number } {
  const [address = '', prefix = '32'] = cidr.split('/');
  const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first, size: 2 ** (32 - Number(prefix)) };
}
