/**
 * The tokens of a YAML text as libyaml reads them, and what it says of a text it cannot read: clients
 * of Kubernetes are told that (its Go library is libyaml in another language). Values are left out:
 * only the forms count here.
 *
 * Refused alternative: to translate our parser's complaints. It finds other ones first, elsewhere.
 */

import { isBlank, isBlankOrEnd, isBreak, type Mark, Reader } from './reader.ts';
import { readAnchor, readBlockScalar, readPlain, readQuoted, readTag } from './scalars.ts';

export type TokenType =
  | 'stream-end'
  | 'directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | '-'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  readonly type: TokenType;
  readonly start: Mark;
}

interface SimpleKey {
  possible: boolean;
  readonly required: boolean;
  readonly token: number;
  readonly mark: Mark;
}

const NO_KEY: SimpleKey = {
  possible: false,
  required: false,
  token: 0,
  mark: { index: 0, line: 0, column: 0 },
};
/** A key without `?` is no longer (YAML 1.1, 5.1). */
const MAX_SIMPLE_KEY = 1024;

export class Tokens {
  private readonly reader: Reader;
  private readonly queue: Token[] = [];
  private parsed = 0;
  private flowLevel = 0;
  private indent = -1;
  private readonly indents: number[] = [];
  private simpleKeyAllowed = true;
  private readonly keys: SimpleKey[] = [NO_KEY];

  constructor(text: string) {
    this.reader = new Reader(text);
  }

  /** Where lines begin whose indentation means nothing, of what has been read. */
  get continuations(): readonly number[] {
    return this.reader.continuations;
  }

  /** @throws YamlProblem */
  peek(): Token {
    while (this.queue.length === 0 || this.mayBeKey()) this.fetch();
    return this.queue[0] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.queue.shift();
    this.parsed++;
    return token;
  }

  /** The first token may turn out to be a key: then a token comes before it. */
  private mayBeKey(): boolean {
    const key = this.keys.find(k => k.possible && k.token === this.parsed);
    return key !== undefined && this.isValid(key);
  }

  private isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    if (key.mark.line >= this.reader.line && key.mark.index + MAX_SIMPLE_KEY >= this.reader.position)
      return true;
    if (key.required) throw this.reader.problem("could not find expected ':'", key.mark);
    key.possible = false;
    return false;
  }

  private fetch(): void {
    this.toNextToken();
    this.unroll(this.reader.column);
    const c = this.reader.at(0);
    if (c === '') return this.streamEnd();
    if (this.reader.column === 0 && c === '%') return this.directive();
    const indicator = this.reader.documentIndicator();
    if (indicator) return this.document(indicator);
    const isFlow = this.flowLevel > 0;
    const endsHere = isBlankOrEnd(this.reader.at(1));
    if (c === '[' || c === '{') return this.openFlow(c);
    if (c === ']' || c === '}') return this.closeFlow(c);
    if (c === ',') return this.flowEntry();
    if (c === '-' && endsHere) return this.blockEntry();
    if (c === '?' && (isFlow || endsHere)) return this.complexKey();
    if (c === ':' && (isFlow || endsHere)) return this.value();
    if (c === '*' || c === '&') {
      this.beginInline(c === '*' ? 'alias' : 'anchor');
      return readAnchor(this.reader);
    }
    if (c === '!') {
      this.beginInline('tag');
      return readTag(this.reader, isFlow);
    }
    if ((c === '|' || c === '>') && !isFlow) return this.blockScalar();
    if (c === "'" || c === '"') {
      this.beginInline('scalar');
      return readQuoted(this.reader);
    }
    const isPlain =
      (!isBlankOrEnd(c) && !'-?:,[]{}#&*!|>\'"%@`'.includes(c)) ||
      (c === '-' && !isBlank(this.reader.at(1))) ||
      (!isFlow && (c === '?' || c === ':') && !endsHere);
    if (!isPlain)
      throw this.reader.problem('found character that cannot start any token', this.reader.mark());
    this.beginInline('scalar');
    if (readPlain(this.reader, isFlow, this.indent)) this.simpleKeyAllowed = true;
  }

  private blockScalar(): void {
    this.removeKey();
    this.simpleKeyAllowed = true;
    this.add('scalar');
    readBlockScalar(this.reader, this.indent);
  }

  private toNextToken(): void {
    while (true) {
      this.reader.skipByteOrderMark();
      while (
        this.reader.at(0) === ' ' ||
        (this.reader.at(0) === '\t' && (this.flowLevel > 0 || !this.simpleKeyAllowed))
      )
        this.reader.skip();
      if (this.reader.at(0) === '#') this.reader.skipToBreak();
      if (!isBreak(this.reader.at(0))) return;
      this.reader.skipLine(this.flowLevel > 0);
      if (this.flowLevel === 0) this.simpleKeyAllowed = true;
    }
  }

  private streamEnd(): void {
    this.reader.endLine();
    this.unroll(-1);
    this.removeKey();
    this.simpleKeyAllowed = false;
    this.add('stream-end');
  }

  private directive(): void {
    this.unroll(-1);
    this.removeKey();
    this.simpleKeyAllowed = false;
    const start = this.reader.mark();
    const name = /^%(\w*)/.exec(this.reader.ahead(20))?.[1] ?? '';
    if (name === '') throw this.reader.problem('could not find expected directive name', start);
    if (name !== 'YAML' && name !== 'TAG') throw this.reader.problem('found unknown directive name', start);
    this.reader.skipToBreak();
    this.queue.push({ type: 'directive', start });
    this.reader.skipLine();
  }

  private document(type: 'document-start' | 'document-end'): void {
    this.unroll(-1);
    this.removeKey();
    this.simpleKeyAllowed = false;
    this.add(type);
    for (let i = 0; i < 3; i++) this.reader.skip();
  }

  private openFlow(type: '[' | '{'): void {
    this.saveKey();
    this.keys.push(NO_KEY);
    this.flowLevel++;
    this.simpleKeyAllowed = true;
    this.add(type);
    this.reader.skip();
  }

  private closeFlow(type: ']' | '}'): void {
    this.removeKey();
    if (this.flowLevel > 0) {
      this.flowLevel--;
      this.keys.pop();
    }
    this.simpleKeyAllowed = false;
    this.add(type);
    this.reader.skip();
  }

  private flowEntry(): void {
    this.removeKey();
    this.simpleKeyAllowed = true;
    this.add(',');
    this.reader.skip();
  }

  private blockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed)
        throw this.reader.problem(
          'block sequence entries are not allowed in this context',
          this.reader.mark(),
        );
      this.roll(this.reader.column, 'block-sequence-start', this.queue.length, this.reader.mark());
    }
    this.removeKey();
    this.simpleKeyAllowed = true;
    this.add('-');
    this.reader.skip();
  }

  private complexKey(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed)
        throw this.reader.problem('mapping keys are not allowed in this context', this.reader.mark());
      this.roll(this.reader.column, 'block-mapping-start', this.queue.length, this.reader.mark());
    }
    this.removeKey();
    this.simpleKeyAllowed = this.flowLevel === 0;
    this.add('key');
    this.reader.skip();
  }

  private value(): void {
    const key = this.keys.at(-1) ?? NO_KEY;
    if (this.isValid(key)) {
      const place = key.token - this.parsed;
      this.queue.splice(place, 0, { type: 'key', start: key.mark });
      this.roll(key.mark.column, 'block-mapping-start', place, key.mark);
      key.possible = false;
      this.simpleKeyAllowed = false;
    } else {
      if (this.flowLevel === 0) {
        if (!this.simpleKeyAllowed)
          throw this.reader.problem('mapping values are not allowed in this context', this.reader.mark());
        this.roll(this.reader.column, 'block-mapping-start', this.queue.length, this.reader.mark());
      }
      this.simpleKeyAllowed = this.flowLevel === 0;
    }
    this.add('value');
    this.reader.skip();
  }

  /** Of what may be a key. */
  private beginInline(type: TokenType): void {
    this.saveKey();
    this.simpleKeyAllowed = false;
    this.add(type);
  }

  private saveKey(): void {
    if (!this.simpleKeyAllowed) return;
    const required = this.flowLevel === 0 && this.indent === this.reader.column;
    const token = this.parsed + this.queue.length;
    this.removeKey();
    this.keys[this.keys.length - 1] = { possible: true, required, token, mark: this.reader.mark() };
  }

  private removeKey(): void {
    const key = this.keys.at(-1);
    if (!key?.possible) return;
    if (key.required) throw this.reader.problem("could not find expected ':'", key.mark);
    key.possible = false;
  }

  private roll(column: number, type: TokenType, place: number, start: Mark): void {
    if (this.flowLevel > 0 || this.indent >= column) return;
    this.indents.push(this.indent);
    this.indent = column;
    this.queue.splice(place, 0, { type, start });
  }

  private unroll(column: number): void {
    if (this.flowLevel > 0) return;
    while (this.indent > column) {
      this.add('block-end');
      this.indent = this.indents.pop() ?? -1;
    }
  }

  private add(type: TokenType): void {
    this.queue.push({ type, start: this.reader.mark() });
  }
}
