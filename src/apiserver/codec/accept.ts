/**
 * The clauses of an Accept header, in the order in which upstream tries them: its library's
 * (goautoneg), with its leniencies, and where it is stricter than RFC 9110.
 */

export interface Clause {
  /** `application/json`, as it was written. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Weighed extends Clause {
  readonly q: number;
}

const cache = new Map<string, readonly Clause[]>();
/** Clients send few different Accept headers; a hostile one must not fill the memory. */
const CACHE_LIMIT = 256;
/** Up to which Go sorts by insertion, which shows: its order of clauses is none. */
const INSERTION_LIMIT = 12;

export function parseAccept(accept: string): readonly Clause[] {
  const known = cache.get(accept);
  if (known) return known;
  const clauses = sorted(accept.split(',').flatMap(parseClause));
  if (cache.size < CACHE_LIMIT) cache.set(accept, clauses);
  return clauses;
}

/** Of blanks alone, as Go's library does. */
export const trimBlanks = (text: string): string => text.replace(/^ +| +$/g, '');

/** Nothing: it is no media type. */
function parseClause(text: string): Weighed[] {
  const [range = '', ...rest] = trimBlanks(text).split(';');
  const parts = range.split('/').map(trimBlanks);
  const type = parts.length === 1 && parts[0] === '*' ? '*/*' : parts.join('/');
  if (type !== '*/*' && (parts.length !== 2 || parts[1] === '')) return [];
  const parameters: Record<string, string> = {};
  let q = 1;
  for (const parameter of rest) {
    const [name = '', value = '', ...more] = parameter.split('=');
    if (value === '' || more.length > 0) continue;
    const token = trimBlanks(name);
    if (token === 'q') q = parseQuality(value);
    else parameters[token] = trimBlanks(value);
  }
  return [{ type, parameters, q }];
}

/** What is no number is nothing worth. */
function parseQuality(text: string): number {
  const q = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : 0;
  return Number.isFinite(q) ? q : 0;
}

/** The more wanted first; of those as much wanted the ones that name a type before wildcards. */
function sorted(clauses: Weighed[]): readonly Clause[] {
  if (clauses.length > INSERTION_LIMIT) return clauses.sort((a, b) => b.q - a.q);
  for (let i = 1; i < clauses.length; i++)
    for (let j = i; j > 0; j--) {
      const [before, after] = [clauses[j - 1] as Weighed, clauses[j] as Weighed];
      if (!comesFirst(after, before)) break;
      [clauses[j - 1], clauses[j]] = [after, before];
    }
  return clauses;
}

/** Upstream's: also a type that is less wanted comes before a wildcard that follows it. */
function comesFirst(a: Weighed, b: Weighed): boolean {
  if (a.q > b.q) return true;
  return (
    (!a.type.startsWith('*/') && b.type.startsWith('*/')) || (!a.type.endsWith('/*') && b.type.endsWith('/*'))
  );
}
