/**
 * Label selectors in the string form of URLs and of kubectl's -l: `a=b,c!=d,e in (f,g),h,!i,n>3`.
 * Grammar and messages: upstream `apimachinery/pkg/labels`. (Selectors as objects carry them are
 * compiled in client/label-selector.ts.)
 */
import { ownField } from '../../base/own-field.ts';
import { goQuote } from '../go-quote.ts';
import { labelValue, qualifiedName } from '../meta/names.ts';

export type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

/** @throws SelectorError with upstream's message */
export function parseLabelSelector(text: string): readonly Requirement[] {
  return new Parser(tokenize(text)).parse();
}

export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

export function matchesLabels(requirements: readonly Requirement[], labels: Labels | undefined): boolean {
  return requirements.every(r => matchesOne(r, ownField(labels, r.key)));
}

/** The terse canonical form: sorted by key, as upstream's Selector.String(). */
export function formatRequirements(requirements: readonly Requirement[]): string {
  return [...requirements]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ key, operator, values }) => {
      if (operator === 'exists') return key;
      if (operator === '!') return `!${key}`;
      const sorted = [...values].sort();
      if (operator === 'in' || operator === 'notin') return `${key} ${operator} (${sorted.join(',')})`;
      return `${key}${operator === 'gt' ? '>' : operator === 'lt' ? '<' : operator}${sorted.join(',')}`;
    })
    .join(',');
}

function matchesOne({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return isInteger(value) && BigInt(value) > BigInt(values[0] ?? '0');
    case 'lt':
      return isInteger(value) && BigInt(value) < BigInt(values[0] ?? '0');
  }
}

/** As Go's strconv.ParseInt takes it, of 64 bits. */
const isInteger = (value: string | undefined): value is string =>
  value !== undefined && /^[-+]?\d+$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value);

interface Token {
  readonly kind: 'identifier' | 'symbol' | 'end';
  readonly text: string;
}
const SYMBOL = /[=!(),<>]/;
const END: Token = { kind: 'end', text: '' };

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < text.length; ) {
    const c = text[i] as string;
    if (/[ \t\r\n]/.test(c)) {
      i++;
    } else if (SYMBOL.test(c)) {
      const two = text.slice(i, i + 2);
      const symbol = two === '==' || two === '!=' ? two : c;
      tokens.push({ kind: 'symbol', text: symbol });
      i += symbol.length;
    } else {
      let end = i;
      while (end < text.length && !SYMBOL.test(text[end] as string) && !/[ \t\r\n]/.test(text[end] as string))
        end++;
      tokens.push({ kind: 'identifier', text: text.slice(i, end) });
      i = end;
    }
  }
  return tokens;
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['in', 'in'],
  ['notin', 'notin'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', 'gt'],
  ['<', 'lt'],
]);

class Parser {
  private position = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  parse(): readonly Requirement[] {
    const found: Requirement[] = [];
    while (true) {
      const token = this.peek();
      if (token.kind === 'end') return found;
      if (token.kind !== 'identifier' && token.text !== '!')
        throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      found.push(this.requirement());
      const separator = this.next();
      if (separator.kind === 'end') return found;
      if (separator.text !== ',')
        throw new SelectorError(`found '${separator.text}', expected: ',' or 'end of string'`);
      const after = this.peek();
      if (after.kind !== 'identifier' && after.text !== '!')
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
    }
  }

  private requirement(): Requirement {
    try {
      const negated = this.peek().text === '!' && this.next() !== undefined;
      const key = this.next();
      if (key.kind !== 'identifier') throw new SelectorError(`found '${key.text}', expected: identifier`);
      checkKey(key.text);
      if (negated) return { key: key.text, operator: '!', values: [] };
      const after = this.peek();
      if (after.kind === 'end' || after.text === ',')
        return { key: key.text, operator: 'exists', values: [] };
      const operator = OPERATORS.get(this.next().text);
      if (!operator) throw new SelectorError(`found '${after.text}', expected: in, notin, =, ==, !=, gt, lt`);
      const values = operator === 'in' || operator === 'notin' ? this.valueList() : [this.value()];
      return validated({ key: key.text, operator, values });
    } catch (error) {
      if (error instanceof SelectorError)
        throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  /** One value; an empty one where nothing follows: `a=` and `a=,b`. */
  private value(): string {
    const token = this.peek();
    if (token.kind === 'end' || token.text === ',') return '';
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    this.next();
    return token.text;
  }

  private valueList(): string[] {
    const open = this.next();
    if (open.text !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.peek();
    if (first.text === ')') {
      this.next();
      return [''];
    }
    if (first.kind !== 'identifier' && first.text !== ',')
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.identifiers();
    this.next();
    return values;
  }

  /** Up to the closing parenthesis. Empty ones may stand anywhere but twice at the end. */
  private identifiers(): string[] {
    const found = new Set<string>();
    while (true) {
      const token = this.next();
      const after = this.peek();
      if (token.kind === 'identifier') {
        found.add(token.text);
        if (after.text === ')') return [...found].sort();
        if (after.text !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.text === ',') {
        if (found.size === 0) found.add('');
        if (after.text === ')') return [...found.add('')].sort();
        if (after.text === ',') {
          this.next();
          found.add('');
        }
      } else throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
    }
  }

  private peek(): Token {
    return this.tokens[this.position] ?? END;
  }

  private next(): Token {
    return this.tokens[this.position++] ?? END;
  }
}

function validated(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  const wrong: string[] = [];
  if ((operator === 'gt' || operator === 'lt') && !isInteger(values[0]))
    wrong.push(
      invalid('values[0]', values[0] ?? '', ["for 'Gt', 'Lt' operators, the value must be an integer"]),
    );
  values.forEach((value, i) => {
    const problems = labelValue(value);
    if (problems.length > 0) wrong.push(invalid(`values[${i}][${key}]`, value, problems));
  });
  if (wrong.length > 0) throw new SelectorError(wrong.length === 1 ? wrong.join() : `[${wrong.join(', ')}]`);
  return requirement;
}

function checkKey(key: string): void {
  const problems = qualifiedName(key);
  if (problems.length > 0) throw new SelectorError(invalid('<nil>', key, problems));
}

const invalid = (where: string, value: string, problems: readonly string[]): string =>
  `${where}: Invalid value: ${goQuote(value)}: ${problems.join('; ')}`;
