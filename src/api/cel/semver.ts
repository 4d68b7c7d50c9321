/** Versions as semver.org orders them (2.0.0). */
export interface Semver {
  readonly numbers: readonly bigint[];
  readonly before: readonly string[];
}

const SEMVER = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

export function parseSemver(text: string): Semver | undefined {
  const [, major = '', minor = '', patch = '', before] = SEMVER.exec(text) ?? [];
  const parts = [major, minor, patch];
  const rest = before?.split('.') ?? [];
  const isLeading = (part: string) => /^0\d+$/.test(part);
  if (major === '' || parts.some(isLeading) || rest.some(part => part === '' || isLeading(part)))
    return undefined;
  return { numbers: parts.map(BigInt), before: rest };
}

/** v1.2 → 1.2.0 */
export function normalized(text: string): string {
  const plain = text.replace(/^v/, '');
  const [, core = '', rest = ''] = /^([0-9.]*)(.*)$/s.exec(plain) ?? [];
  const parts = core.split('.').map(part => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest;
}

export function compareSemvers(a: Semver, b: Semver): number {
  const core = firstOrder(a.numbers.map((n, i) => order(n, b.numbers[i] ?? 0n)));
  if (core !== 0 || (a.before.length === 0 && b.before.length === 0)) return core;
  if (a.before.length === 0) return 1;
  if (b.before.length === 0) return -1;
  const shared = firstOrder(
    a.before.slice(0, b.before.length).map((part, i) => compareParts(part, b.before[i] ?? '')),
  );
  return shared || order(a.before.length, b.before.length);
}

const firstOrder = (orders: readonly number[]) => orders.find(o => o !== 0) ?? 0;
const order = <T extends bigint | number | string>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0);

/** Numbers come before words. */
function compareParts(a: string, b: string): number {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return order(BigInt(a), BigInt(b));
  return x === y ? order(a, b) : x ? -1 : 1;
}
