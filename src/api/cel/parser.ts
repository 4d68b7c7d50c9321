/**
 * Parses CEL by recursive descent. Messages are those of cel-go's generated parser for the mistakes
 * people make; after the first one parsing ends, while cel-go sometimes finds a second.
 *
 * Refused alternative: the CEL libraries on npm. What they say of a mistake has neither cel-go's words
 * nor its position, and clients are shown both.
 */
import type { Entry, Field, Node } from './ast.ts';
import { expandMacro } from './macros.ts';
import { CelError, type CelIssue } from './source.ts';
import { type Token, tokenize } from './tokens.ts';

const STARTS = "'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const EXPRESSION_START = `{'[', '{', '(', '.', '-', '!', ${STARTS}`;
/** What may follow a bracket or brace that has just been opened. */
const LITERAL_START: Readonly<Record<string, string>> = {
  '[': `{'[', ']', '{', '(', '.', ',', '-', '!', '?', ${STARTS}`,
  '{': `{'[', '{', '}', '(', '.', ',', '-', '!', '?', ${STARTS}`,
};
const RELATIONS = ['<', '<=', '>=', '>', '==', '!=', 'in'];
/** cel-go's limit of nesting; deeper expressions are refused before the stack ends. */
const MAX_DEPTH = 250;

/** @returns the tree, undefined when there is none to be had; `issues` is empty when all could be read */
export function parse(source: string): { node: Node | undefined; issues: readonly CelIssue[] } {
  const { tokens, issues } = tokenize(source);
  try {
    const node = new Parser(tokens).expression();
    return { node, issues };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return { node: undefined, issues: [...issues, source === '' ? { ...error.issue, at: -1 } : error.issue] };
  }
}

class Parser {
  private position = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  expression(): Node {
    const node = this.ternary();
    if (this.token.kind !== 'end') {
      const how = this.peek(1).kind === 'end' ? 'extraneous' : 'mismatched';
      throw this.error(`${how} input '${this.token.text}' expecting <EOF>`);
    }
    return node;
  }

  private get token(): Token {
    return this.tokens[this.position] as Token;
  }

  private peek(ahead: number): Token {
    return this.tokens[Math.min(this.position + ahead, this.tokens.length - 1)] as Token;
  }

  private error(message: string, at = this.token.at): CelError {
    return new CelError({ at, message: `Syntax error: ${message}` });
  }

  private is(...symbols: readonly string[]): boolean {
    return this.token.kind === 'symbol' && symbols.includes(this.token.text);
  }

  private take(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.position++;
    return token;
  }

  private accept(symbol: string): Token | undefined {
    return this.is(symbol) ? this.take() : undefined;
  }

  private expect(symbol: string): Token {
    const found = this.accept(symbol);
    if (found) return found;
    if (this.token.kind === 'end') throw this.error(`missing '${symbol}' at '<EOF>'`);
    throw this.error(`mismatched input '${this.token.text}' expecting '${symbol}'`);
  }

  private ternary(): Node {
    if (++this.depth > MAX_DEPTH)
      throw new CelError({ at: this.token.at, message: `expression recursion limit exceeded: ${MAX_DEPTH}` });
    const condition = this.or();
    const mark = this.accept('?');
    this.depth--;
    if (!mark) return condition;
    const yes = this.or();
    this.expect(':');
    const no = this.ternary();
    return call('_?_:_', mark.at, [condition, yes, no]);
  }

  private or(): Node {
    return this.binary(['||'], () => this.and());
  }

  private and(): Node {
    return this.binary(['&&'], () => this.relation());
  }

  private relation(): Node {
    return this.binary(RELATIONS, () => this.sum());
  }

  private sum(): Node {
    return this.binary(['+', '-'], () => this.product());
  }

  private product(): Node {
    return this.binary(['*', '/', '%'], () => this.unary());
  }

  private binary(operators: readonly string[], operand: () => Node): Node {
    let left = operand();
    while (this.is(...operators)) {
      const { text, at } = this.take();
      left = call(text === 'in' ? '@in' : `_${text}_`, at, [left, operand()]);
    }
    return left;
  }

  private unary(): Node {
    const { token } = this;
    if (!this.is('!', '-')) return this.member();
    const next = this.peek(1);
    if (token.text === '-' && (next.kind === 'int' || next.kind === 'double')) {
      this.take();
      return this.suffixes(this.negative(token.at));
    }
    let count = 0;
    while (this.is(token.text)) {
      this.take();
      count++;
    }
    const operand = this.member();
    return count % 2 === 0 ? operand : call(token.text === '!' ? '!_' : '-_', token.at, [operand]);
  }

  private negative(at: number): Node {
    const { kind, value } = this.take();
    if (kind === 'double') return literal('double', at, -(value as number));
    return this.integer(-(value as bigint), at);
  }

  private integer(value: bigint, at: number): Node {
    if (value > 2n ** 63n - 1n || value < -(2n ** 63n))
      throw new CelError({ at, message: 'invalid int literal' });
    return literal('int', at, value);
  }

  private member(): Node {
    return this.suffixes(this.primary());
  }

  private suffixes(start: Node): Node {
    let node = start;
    for (;;) {
      const dot = this.accept('.');
      const bracket = dot ? undefined : this.accept('[');
      if (dot) node = this.selection(node, dot.at);
      else if (bracket) {
        const optional = this.accept('?') !== undefined;
        node = call(optional ? '_[?_]' : '_[_]', bracket.at, [node, this.ternary()]);
        this.expect(']');
      } else return node;
    }
  }

  private selection(operand: Node, at: number): Node {
    const optional = this.accept('?') !== undefined;
    if (this.token.kind !== 'identifier') {
      const text = this.token.kind === 'end' ? '' : this.token.text;
      throw this.error(`no viable alternative at input '.${optional ? '?' : ''}${text}'`);
    }
    const name = String(this.take().value);
    const open = optional ? undefined : this.accept('(');
    if (!open) return { kind: 'select', at, operand, field: name, ...(optional ? { optional } : {}) };
    const args = this.list(')', () => this.ternary());
    return expandMacro(name, operand, args, open.at) ?? call(name, open.at, args, operand);
  }

  /** Items with commas between, up to and with `close`; a comma may follow the last, but not in calls. */
  private list<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.is(close)) {
      items.push(item());
      if (!this.accept(',')) break;
    }
    this.expect(close);
    return items;
  }

  private primary(): Node {
    const { token } = this;
    switch (token.kind) {
      case 'int':
        return this.integer(this.take().value as bigint, token.at);
      case 'uint':
      case 'double':
      case 'string':
      case 'bytes':
        return literal(token.kind, token.at, this.take().value);
      case 'identifier':
        return this.word(this.take());
      default:
        break;
    }
    const leading = this.is('.') && this.peek(1).kind === 'identifier' ? this.take() : undefined;
    if (leading) return this.word(this.take(), '.');
    const at = token.at;
    if (this.accept('(')) {
      const inner = this.ternary();
      this.expect(')');
      return inner;
    }
    if (this.accept('[')) {
      this.refuseEnd('[');
      const optional: number[] = [];
      let i = 0;
      const items = this.list(']', () => {
        if (this.accept('?')) optional.push(i);
        i++;
        return this.ternary();
      });
      return { kind: 'list', at, items, optional };
    }
    if (this.accept('{')) {
      this.refuseEnd('{');
      return { kind: 'map', at, entries: this.list('}', () => this.entry()) };
    }
    throw this.unexpected();
  }

  private refuseEnd(opened: string): void {
    if (this.token.kind === 'end')
      throw this.error(`mismatched input '<EOF>' expecting ${LITERAL_START[opened]}`);
  }

  /** What stands where an expression should begin. */
  private unexpected(): CelError {
    const { token } = this;
    if (this.is('.')) {
      const next = this.peek(1);
      return this.error(`no viable alternative at input '.${next.kind === 'end' ? '' : next.text}'`, next.at);
    }
    const startsNext = this.peek(1);
    const wouldDo =
      token.kind !== 'end' &&
      (['int', 'uint', 'double', 'string', 'bytes', 'identifier'].includes(startsNext.kind) ||
        ['[', '{', '(', '.', '-', '!'].includes(startsNext.text));
    return this.error(
      `${wouldDo ? 'extraneous' : 'mismatched'} input '${token.text}' expecting ${EXPRESSION_START}`,
    );
  }

  private word({ text, value, at }: Token, prefix = ''): Node {
    if (prefix === '' && (text === 'true' || text === 'false')) return literal('bool', at, text === 'true');
    if (prefix === '' && text === 'null') return literal('null_type', at, null);
    if (RESERVED.has(text)) throw new CelError({ at, message: `reserved identifier: ${text}` });
    const name = prefix + String(value);
    const open = this.accept('(');
    if (open) {
      const args = this.list(')', () => this.ternary());
      return expandMacro(name, undefined, args, open.at) ?? call(name, open.at, args);
    }
    return this.message(name) ?? { kind: 'identifier', at, name };
  }

  /** `a.b.C{…}`: only when a brace follows the dotted name. */
  private message(first: string): Node | undefined {
    let ahead = 0;
    let name = first;
    while (this.peek(ahead).text === '.' && this.peek(ahead + 1).kind === 'identifier') {
      name += `.${String(this.peek(ahead + 1).value)}`;
      ahead += 2;
    }
    if (this.peek(ahead).text !== '{') return undefined;
    this.position += ahead;
    const { at } = this.take();
    const fields = this.list('}', (): Field => {
      const optional = this.accept('?') !== undefined;
      if (this.token.kind !== 'identifier')
        throw this.error(
          `mismatched input '${this.token.text}' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}`,
        );
      const field = String(this.take().value);
      const colon = this.expect(':');
      return { at: colon.at, name: field, value: this.ternary(), optional };
    });
    return { kind: 'message', at, name, fields };
  }

  private entry(): Entry {
    const optional = this.accept('?') !== undefined;
    const key = this.ternary();
    const { at } = this.expect(':');
    return { at, key, value: this.ternary(), optional };
  }
}

const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const literal = (type: Extract<Node, { kind: 'literal' }>['type'], at: number, value: unknown): Node => ({
  kind: 'literal',
  type,
  at,
  value,
});

const call = (name: string, at: number, args: readonly Node[], target?: Node): Node => ({
  kind: 'call',
  at,
  name,
  args,
  ...(target ? { target } : {}),
});
