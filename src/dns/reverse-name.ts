/** Names under in-addr.arpa and ip6.arpa, and the addresses they stand for (RFC 1035, RFC 3596). */
import { isIPv4, isIPv6 } from 'node:net';

/** The address in canonical form; undefined: the labels name none. `labels` are in lower case. */
export function addressOfReverseName(labels: readonly string[]): string | undefined {
  const suffix = labels.slice(-2).join('.');
  const digits = labels.slice(0, -2).reverse();
  if (suffix === 'in-addr.arpa') {
    const address = digits.join('.');
    return digits.length === 4 && isIPv4(address) ? address : undefined;
  }
  if (suffix !== 'ip6.arpa' || digits.length !== 32) return undefined;
  if (!digits.every(digit => /^[0-9a-f]$/.test(digit))) return undefined;
  const groups = digits.join('').match(/.{4}/g) ?? [];
  return canonicalAddress(groups.join(':'));
}

/** The one spelling of an address: what the API server stores, too (RFC 5952). */
export function canonicalAddress(address: string): string | undefined {
  if (isIPv4(address)) return address;
  if (!isIPv6(address) || address.includes('%')) return undefined;
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

/** The address in the name of a pod (10-244-0-5, fd00--7); undefined: it is none. */
export function addressOfPodLabel(label: string): string | undefined {
  const v4 = label.replaceAll('-', '.');
  if (isIPv4(v4)) return v4;
  return canonicalAddress(label.replaceAll('-', ':'));
}

/** The other way round: how an endpoint without hostname is called. */
export const labelOfAddress = (address: string): string => address.replaceAll(/[.:]/g, '-');
