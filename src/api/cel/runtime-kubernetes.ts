/** Functions that Kubernetes adds: quantities, addresses, URLs, formats of names, regular expressions. */

import { hasFormat } from '../custom/formats.ts';
import { dns1035Label, dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../meta/names.ts';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  QuantityError,
  quantityValue,
  subtractQuantities,
} from '../quantity.ts';
import { patternOf } from '../validation/go-pattern.ts';
import {
  cidrContains,
  formatIp,
  type Ip,
  maskIp,
  parseCidr,
  parseIp,
  specialIpErrors,
} from '../validation/ip.ts';
import type { RuntimeFunction } from './runtime.ts';
import { compareSemvers, normalized, parseSemver } from './semver.ts';
import { CelFault, CelMap, Foreign, Optional, QUANTITY, Unsupported, type Value } from './values.ts';

const IP = 'net.IP';
const CIDR = 'net.CIDR';
const URL_TYPE = 'kubernetes.URL';
const FORMAT = 'kubernetes.NamedFormat';
const SEMVER = 'kubernetes.Semver';

const of =
  (type: string, run: (text: string, ...args: readonly Value[]) => Value | undefined): RuntimeFunction =>
  (a, ...args) =>
    a instanceof Foreign && a.type === type ? run(a.text, ...args) : undefined;

const onText =
  (run: (text: string, ...args: readonly Value[]) => Value | undefined): RuntimeFunction =>
  (a, ...args) =>
    typeof a === 'string' ? run(a, ...args) : undefined;

function quantity(text: string): Foreign {
  try {
    return new Foreign(QUANTITY, canonicalQuantity(text));
  } catch (e) {
    throw e instanceof QuantityError ? new CelFault(e.message) : e;
  }
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

const isWhole = (text: string) => compareQuantities(text, `${quantityValue(text)}`) === 0;

const compared =
  (holds: (order: number) => Value): RuntimeFunction =>
  (a, b) => {
    if (!(a instanceof Foreign) || !(b instanceof Foreign) || a.type !== b.type) return undefined;
    if (a.type === QUANTITY) return holds(compareQuantities(a.text, b.text));
    const [x, y] = [parseSemver(a.text), parseSemver(b.text)];
    return x && y ? holds(compareSemvers(x, y)) : undefined;
  };

const versionText = (text: string, normalize?: Value) => (normalize === true ? normalized(text) : text);

function semver(text: string, normalize?: Value): Foreign {
  const version = versionText(text, normalize);
  if (parseSemver(version)) return new Foreign(SEMVER, version);
  throw new CelFault(`Invalid Semantic Version`);
}

const number = (i: number) => of(SEMVER, text => parseSemver(text)?.numbers[i]);

const calculated = (run: typeof addQuantities) =>
  of(QUANTITY, (a, b) => {
    const other = b instanceof Foreign ? b.text : typeof b === 'bigint' ? `${b}` : undefined;
    return other === undefined ? undefined : new Foreign(QUANTITY, formatQuantity(run(a, other)));
  });

/** Only what is written as Go's netip takes it: no leading zeros, no IPv4 within IPv6. */
function address(text: string): Ip | undefined {
  if (/(^|\.)0\d/.test(text) || /:.*\./.test(text)) return undefined;
  return parseIp(text);
}

function ip(text: string): Foreign {
  const found = address(text);
  if (!found)
    throw new CelFault(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
    );
  return new Foreign(IP, formatIp(found));
}

const network = (text: string) => {
  const found = address(text.split('/')[0] ?? '') && parseCidr(text);
  if (!found)
    throw new CelFault(
      `network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
    );
  return found;
};

const shownNetwork = ({ ip: found, prefix }: ReturnType<typeof network>) =>
  new Foreign(CIDR, `${formatIp(found)}/${prefix}`);

const onIp = (run: (ip: Ip, text: string) => Value): RuntimeFunction =>
  of(IP, text => {
    const found = parseIp(text);
    return found && run(found, text);
  });

const special = (words: string) =>
  onIp((_, text) => specialIpErrors(text).some(message => message.includes(words)));

function url(text: string): URL | undefined {
  try {
    if (text.startsWith('/')) return new URL(`x-none:${text}`);
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? new URL(text) : undefined;
  } catch {
    return undefined;
  }
}

const onUrl = (run: (url: URL) => Value): RuntimeFunction =>
  of(URL_TYPE, text => {
    const found = url(text);
    return found && run(found);
  });

function query(found: URL): CelMap {
  const values = new Map<string, Value[]>();
  for (const [name, value] of found.searchParams) values.set(name, [...(values.get(name) ?? []), value]);
  return new CelMap(values);
}

/** Of a name that something is appended to: a dash may be its last character. */
const prefix = (check: (text: string) => readonly string[]) => (text: string) =>
  check(text.replace(/-$/, 'a'));
const subdomain = (text: string) => dnsSubdomain(text);
const plain = (format: string, message: string) => (text: string) =>
  hasFormat(format, text) ? [] : [message];

const FORMATS: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: dnsLabel,
  dns1123Subdomain: subdomain,
  dns1035Label,
  qualifiedName: text => qualifiedName(text),
  dns1123LabelPrefix: prefix(dnsLabel),
  dns1123SubdomainPrefix: prefix(subdomain),
  dns1035LabelPrefix: prefix(dns1035Label),
  labelValue,
  uri: text => (hasFormat('uri', text) ? [] : [`parse ${JSON.stringify(text)}: invalid URI for request`]),
  uuid: plain('uuid', 'does not match the UUID format'),
  byte: plain('byte', 'invalid base64'),
  date: plain('date', 'invalid date'),
  datetime: plain('date-time', 'invalid datetime'),
};

function validate(format: string, text: Value | undefined): Value | undefined {
  if (typeof text !== 'string') return undefined;
  const check = FORMATS[format];
  if (!check) throw new Unsupported(`format ${format}`);
  const found = check(text);
  return found.length > 0 ? new Optional([...found]) : new Optional();
}

function found(text: string, pattern: Value | undefined, limit: number): string[] | undefined {
  if (typeof pattern !== 'string') return undefined;
  const regex = patternOf(pattern);
  if (!regex) throw new Unsupported(pattern);
  const all = [...text.matchAll(new RegExp(regex.source, `${regex.flags.replace('g', '')}g`))].map(m => m[0]);
  return limit < 0 ? all : all.slice(0, limit);
}

export const KUBERNETES_RUNTIME: Readonly<Record<string, RuntimeFunction>> = {
  quantity: onText(quantity),
  isQuantity: onText(isQuantity),
  isInteger: of(QUANTITY, isWhole),
  asInteger: of(QUANTITY, text => {
    if (isWhole(text)) return quantityValue(text);
    throw new CelFault('cannot convert value to integer');
  }),
  asApproximateFloat: of(QUANTITY, text => {
    const { digits, exponent } = parseQuantity(text);
    return Number(digits) * 10 ** exponent;
  }),
  sign: of(QUANTITY, text => BigInt(compareQuantities(text, '0'))),
  isLessThan: compared(order => order < 0),
  isGreaterThan: compared(order => order > 0),
  compareTo: compared(order => BigInt(order)),
  semver: onText(semver),
  isSemver: onText((text, normalize) => parseSemver(versionText(text, normalize)) !== undefined),
  major: number(0),
  minor: number(1),
  patch: number(2),
  add: calculated(addQuantities),
  sub: calculated(subtractQuantities),
  ip: a => {
    if (typeof a === 'string') return ip(a);
    return a instanceof Foreign && a.type === CIDR ? new Foreign(IP, a.text.split('/')[0] ?? '') : undefined;
  },
  isIP: onText(text => address(text) !== undefined),
  'ip.isCanonical': onText(text => ip(text).text === text),
  family: onIp(({ family }) => (family === 'IPv4' ? 4n : 6n)),
  isUnspecified: special('unspecified'),
  isLoopback: special('loopback'),
  isLinkLocalMulticast: special('link-local multicast'),
  isLinkLocalUnicast: special('link-local range'),
  cidr: onText(text => shownNetwork(network(text))),
  isCIDR: onText(text => address(text.split('/')[0] ?? '') !== undefined && parseCidr(text) !== undefined),
  prefixLength: of(CIDR, text => BigInt(text.split('/')[1] ?? 0)),
  masked: of(CIDR, text => {
    const whole = network(text);
    return shownNetwork({ ...whole, ip: maskIp(whole) });
  }),
  containsIP: of(CIDR, (text, other) => {
    const inner = typeof other === 'string' ? ip(other).text : other instanceof Foreign ? other.text : '';
    const parsed = parseIp(inner);
    return parsed && cidrContains(network(text), parsed);
  }),
  containsCIDR: of(CIDR, (text, other) => {
    const inner = network(typeof other === 'string' ? other : other instanceof Foreign ? other.text : '');
    const outer = network(text);
    return inner.prefix >= outer.prefix && cidrContains(outer, inner.ip);
  }),
  url: onText(text => {
    if (url(text)) return new Foreign(URL_TYPE, text);
    throw new CelFault(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  }),
  isURL: onText(text => url(text) !== undefined),
  getScheme: onUrl(u => (u.protocol === 'x-none:' ? '' : u.protocol.slice(0, -1))),
  getHost: onUrl(u => u.host),
  getHostname: onUrl(u => u.hostname.replace(/^\[|\]$/g, '')),
  getPort: onUrl(u => u.port),
  getEscapedPath: onUrl(u => u.pathname),
  getQuery: onUrl(query),
  find: onText((text, pattern) => {
    const all = found(text, pattern, 1);
    return all && (all[0] ?? '');
  }),
  findAll: onText((text, pattern, limit) =>
    found(text, pattern, typeof limit === 'bigint' ? Number(limit) : -1),
  ),
  'format.named': onText(name =>
    Object.hasOwn(FORMATS, name) ? new Optional(new Foreign(FORMAT, name)) : new Optional(),
  ),
  ...Object.fromEntries(
    Object.keys(FORMATS).map(name => [`format.${name}`, () => new Foreign(FORMAT, name)]),
  ),
  validate: of(FORMAT, validate),
};
