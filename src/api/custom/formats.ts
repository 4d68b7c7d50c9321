/**
 * The string formats that schemas of custom resources may ask for (upstream's
 * apiserver/validation/formats.go and kube-openapi's strfmt). Others mean nothing.
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { dnsLabel, dnsSubdomain } from '../meta/names.ts';

const matches = (pattern: RegExp) => (text: string) => pattern.test(text);
const hex = (version: string, variant: string) =>
  matches(
    new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i'),
  );

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  cidr: isCidr,
  creditcard: text => /^\d{13,19}$/.test(digits(text)) && luhn(digits(text)),
  date: isDate,
  'date-time': isDateTime,
  datetime: isDateTime,
  duration: isDuration,
  email: matches(/^[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"]+$/),
  hexcolor: matches(/^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i),
  // A name and at least two letters of a top-level domain.
  hostname: text =>
    text.length <= 255 && /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z]{2,63}$/i.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  ip: text => isIP(text) !== 0,
  isbn: text => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  'k8s-long-name': text => dnsSubdomain(text).length === 0,
  'k8s-short-name': text => dnsLabel(text).length === 0,
  mac: matches(
    /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}(?:[0-9a-f]{2})(?:(?:\1[0-9a-f]{2}){2})?$|^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$/i,
  ),
  password: () => true,
  rgbcolor: matches(
    /^rgb\(\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*(?:,\s*(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*){2}\)$/,
  ),
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  uri: isUri,
  uuid: matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  uuid3: hex('3', '[0-9a-f]'),
  uuid4: hex('4', '[89ab]'),
  uuid5: hex('5', '[89ab]'),
};

/** True for formats that are not known. */
export function hasFormat(format: string, text: string): boolean {
  return !Object.hasOwn(FORMATS, format) || (FORMATS[format]?.(text) ?? true);
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  const version = isIP(address);
  return (
    version !== 0 && more.length === 0 && /^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
  );
}

function isDate(text: string): boolean {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!found) return false;
  const [year, month, day] = found.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function isDateTime(text: string): boolean {
  const found = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[-+](\d{2}):(\d{2}))$/.exec(
    text,
  );
  if (!found || !isDate(found[1] ?? '')) return false;
  const [hour, minute, second] = found.slice(2, 5).map(Number) as [number, number, number];
  return hour <= 23 && minute <= 59 && second <= 60;
}

/** Go's durations, and those of Scala's library: `1h30m`, `22 ns`, `3 days`. */
function isDuration(text: string): boolean {
  if (/^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return true;
  const unit =
    '(?:nanos?|ns|micros?|us|µs|millis?|ms|secs?|s|seconds?|mins?|m|minutes?|hrs?|h|hours?|days?|d|weeks?|w)';
  return new RegExp(`^(?:\\d+\\s*${unit}\\s*)+$`).test(text);
}

/** Go's url.ParseRequestURI: absolute, or a rooted path. */
function isUri(text: string): boolean {
  if (/[\s\u007f]/.test(text) || /%(?![0-9a-f]{2})/i.test(text)) return false;
  return text.startsWith('/') || /^[a-z][-+.a-z0-9]*:./i.test(text);
}

const digits = (text: string) => text.replace(/[- ]/g, '');

function luhn(number: string): boolean {
  const sum = Array.from(number)
    .reverse()
    .reduce((total, digit, i) => {
      const doubled = Number(digit) * (i % 2 === 0 ? 1 : 2);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const plain = digits(text);
  if (!/^\d{9}[\dX]$/.test(plain)) return false;
  const sum = Array.from(plain).reduce((total, c, i) => total + (c === 'X' ? 10 : Number(c)) * (10 - i), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const plain = digits(text);
  if (!/^\d{13}$/.test(plain)) return false;
  return Array.from(plain).reduce((total, c, i) => total + Number(c) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}
