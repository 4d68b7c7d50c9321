/**
 * IP addresses and CIDRs as strings, judged as upstream does since v1.36: what old parsers let
 * pass (leading zeros, IPv4 in IPv6) gets a message of its own (KEP-4858). Zones are not accepted.
 */
export type Family = 'IPv4' | 'IPv6';

export interface Ip {
  readonly family: Family;
  /** 4 or 16 bytes. An IPv4 address in IPv6 spelling is IPv4, as in Go. */
  readonly bytes: readonly number[];
}

export interface Cidr {
  readonly ip: Ip;
  readonly prefix: number;
}

const IP_EXAMPLES = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const CIDR_EXAMPLES = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

function parseV4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every(p => /^[0-9]+$/.test(p))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every(b => b <= 255) ? bytes : undefined;
}

function parseV6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(half => (half === '' ? [] : groups(half)));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (halves.length === 1) return missing === 0 ? head : undefined;
  return missing >= 2 ? [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])] : undefined;
}

/** The bytes of colon-separated groups, of which the last may be an IPv4 address. */
function groups(text: string): number[] | undefined {
  const parts = text.split(':');
  const out: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.includes('.') && i === parts.length - 1) {
      const v4 = parseV4(part);
      if (!v4) return undefined;
      out.push(...v4);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const group = Number.parseInt(part, 16);
      out.push(group >> 8, group & 0xff);
    } else return undefined;
  }
  return out;
}

const isMapped = (bytes: readonly number[]) =>
  bytes.length === 16 && bytes.slice(0, 10).every(b => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;

/** Undefined for what no parser accepts; leading zeros are decimal, as in Go's old parser. */
export function parseIp(text: string): Ip | undefined {
  if (!text.includes(':')) {
    const bytes = parseV4(text);
    return bytes && { family: 'IPv4', bytes };
  }
  const bytes = parseV6(text);
  if (!bytes) return undefined;
  return isMapped(bytes) ? { family: 'IPv4', bytes: bytes.slice(12) } : { family: 'IPv6', bytes };
}

export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const ip = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (!ip || !/^[0-9]+$/.test(length)) return undefined;
  const bits = text.slice(0, slash).includes(':') ? 128 : 32;
  const prefix = Number(length);
  if (prefix > bits) return undefined;
  return { ip, prefix: ip.family === 'IPv4' && bits === 128 ? Math.max(0, prefix - 96) : prefix };
}

/** RFC 5952: lower case, the longest run of zero groups as `::`. */
export function formatIp({ family, bytes }: Ip): string {
  if (family === 'IPv4') return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let [best, bestLength] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && words[i + length] === 0) length++;
    if (length > bestLength) [best, bestLength] = [i, length];
  }
  const hex = (part: readonly number[]) => part.map(w => w.toString(16)).join(':');
  return best < 0 ? hex(words) : `${hex(words.slice(0, best))}::${hex(words.slice(best + bestLength))}`;
}

const leadingZero = (text: string) => !text.includes(':') && /(^|\.)0[0-9]/.test(text);
const mappedSpelling = (text: string) => text.includes(':') && parseIp(text)?.family === 'IPv4';

/** What is wrong with an address; empty when valid. */
export function ipErrors(text: string): string[] {
  if (!parseIp(text)) return [IP_EXAMPLES];
  if (leadingZero(text)) return ['must not have leading 0s'];
  return mappedSpelling(text) ? ['must not be an IPv4-mapped IPv6 address'] : [];
}

/** The same, and the one spelling: for fields whose values are compared as strings. */
export function canonicalIpErrors(text: string): string[] {
  const errors = ipErrors(text);
  const ip = parseIp(text);
  if (errors.length > 0 || !ip) return errors;
  return formatIp(ip) === text ? [] : [`must be in canonical form (${JSON.stringify(formatIp(ip))})`];
}

export function cidrErrors(text: string): string[] {
  const cidr = parseCidr(text);
  if (!cidr) return [CIDR_EXAMPLES];
  const [address = '', length = ''] = text.split('/');
  if (leadingZero(address) || /^0[0-9]/.test(length))
    return ['must not have leading 0s in IP or prefix length'];
  if (mappedSpelling(address)) return ['must not have an IPv4-mapped IPv6 address'];
  return formatIp(maskIp(cidr)) === formatIp(cidr.ip)
    ? []
    : ['must not have bits set beyond the prefix length'];
}

export function canonicalCidrErrors(text: string): string[] {
  const errors = cidrErrors(text);
  const cidr = parseCidr(text);
  if (errors.length > 0 || !cidr) return errors;
  const canonical = `${formatIp(cidr.ip)}/${cidr.prefix}`;
  return canonical === text ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** An address with its network's prefix, in the one spelling: 10.9.8.7/24. */
export function interfaceAddressErrors(text: string): string[] {
  const cidr = parseCidr(text);
  if (!cidr) return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  const canonical = `${formatIp(cidr.ip)}/${cidr.prefix}`;
  return canonical === text ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** The network's own address. */
export function maskIp({ ip, prefix }: Cidr): Ip {
  const bytes = ip.bytes.map(
    (byte, i) => byte & (0xff << (8 - Math.min(8, Math.max(0, prefix - 8 * i)))) & 0xff,
  );
  return { family: ip.family, bytes };
}

export function cidrContains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.ip.family !== ip.family) return false;
  return formatIp(maskIp(cidr)) === formatIp(maskIp({ ip, prefix: cidr.prefix }));
}

/** Messages for addresses no endpoint and no external IP may have (upstream's ValidateNonSpecialIP). */
export function specialIpErrors(text: string): string[] {
  const ip = parseIp(text);
  if (!ip) return ['must be a valid IP address'];
  const [a = 0, b = 0, c = 0] = ip.bytes;
  const v4 = ip.family === 'IPv4';
  const zeros = ip.bytes.slice(0, -1).every(byte => byte === 0);
  const last = ip.bytes.at(-1);
  const out: string[] = [];
  if (zeros && last === 0) out.push(`may not be unspecified (${text})`);
  if (v4 ? a === 127 : zeros && last === 1)
    out.push('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (v4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80) {
    out.push('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  }
  if (v4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2) {
    out.push('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  }
  return out;
}

/** Whether it can be another machine's or a pod's address, as Go's IsGlobalUnicast; private ranges can. */
export function isGlobalUnicast(text: string): boolean {
  const ip = parseIp(text);
  if (!ip || specialIpErrors(text).length > 0) return false;
  const [first = 0] = ip.bytes;
  if (ip.family === 'IPv6') return first !== 0xff;
  return (first & 0xf0) !== 0xe0 && !ip.bytes.every(byte => byte === 255);
}
