/** Addresses that are accepted and should be spelt otherwise (apimachinery validation.GetWarningsForIP). */
import { formatIp, maskIp, parseCidr, parseIp } from './ip.ts';

const OLD = 'will be considered invalid in a future Kubernetes release: use';
const q = (text: string) => JSON.stringify(text);

/** Leading zeros, and IPv4 in the spelling of IPv6. */
const isOldSpelling = (address: string) =>
  address.includes(':') ? parseIp(address)?.family === 'IPv4' : /(^|\.)0[0-9]/.test(address);

export function ipWarnings(path: string, text: string | undefined): string[] {
  const ip = text ? parseIp(text) : undefined;
  if (!text || !ip) return [];
  const canonical = formatIp(ip);
  if (isOldSpelling(text)) return [`${path}: non-standard IP address ${q(text)} ${OLD} ${q(canonical)}`];
  return ip.family === 'IPv6' && canonical !== text
    ? [`${path}: IPv6 address ${q(text)} should be in RFC 5952 canonical format (${q(canonical)})`]
    : [];
}

export function cidrWarnings(path: string, text: string | undefined): string[] {
  const cidr = text ? parseCidr(text) : undefined;
  if (!text || !cidr) return [];
  const [address = '', length = ''] = text.split('/');
  const network = `${formatIp(maskIp(cidr))}/${cidr.prefix}`;
  const warnings: string[] = [];
  if (formatIp(maskIp(cidr)) !== formatIp(cidr.ip)) {
    const single = `${formatIp(cidr.ip)}/${cidr.ip.family === 'IPv4' ? 32 : 128}`;
    const which = `(should be ${q(network)} or ${q(single)}?)`;
    warnings.push(`${path}: CIDR value ${q(text)} is ambiguous in this context ${which}`);
  }
  if (isOldSpelling(address) || /^0[0-9]/.test(length))
    warnings.push(`${path}: non-standard CIDR value ${q(text)} ${OLD} ${q(network)}`);
  if (warnings.length === 0 && cidr.ip.family === 'IPv6' && `${formatIp(cidr.ip)}/${cidr.prefix}` !== text)
    warnings.push(
      `${path}: IPv6 CIDR value ${q(text)} should be in RFC 5952 canonical format (${q(network)})`,
    );
  return warnings;
}
