/**
 * What Go's YAML library, and so a Kubernetes API server, says is wrong with a text: the parser over
 * tokens.ts. It reads the first document and builds nothing.
 */
import { type Mark, YamlProblem } from './reader.ts';
import { type Token, Tokens, type TokenType } from './tokens.ts';

/** What libyaml does not read: control characters but tabs and line breaks, and what is no character. */
function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isText = (code >= 0x20 && code < 0x7f) || code >= 0xa0;
    const isBreak = code === 0x09 || code === 0x0a || code === 0x0d || code === 0x85;
    if ((!isText && !isBreak) || code >= 0xfffe) return true;
  }
  return false;
}

export interface FirstDocument {
  /** `line 2: did not find expected key`; undefined: nothing is wrong with its form. */
  readonly problem?: string;
  /** Where what is behind it begins, which nobody looks at. */
  readonly end: number;
  /** Where lines begin whose indentation means nothing: within brackets and quotes. */
  readonly continuations: readonly number[];
}

export function firstDocument(text: string): FirstDocument {
  if (hasControl(text)) return { problem: 'control characters are not allowed', end: 0, continuations: [] };
  try {
    const tokens = new Tokens(text);
    const end = new Parser(tokens).document().index;
    return { end, continuations: tokens.continuations };
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const line = lineOf(error);
    return {
      problem: line === 0 ? error.problem : `line ${line}: ${error.problem}`,
      end: 0,
      continuations: [],
    };
  }
}

/** As the library counts: 0 is not shown. */
function lineOf({ at, context, by }: YamlProblem): number {
  if (at.line === 0) return context.line;
  return by === 'scanner' ? at.line + 1 : at.line;
}

class Parser {
  constructor(private readonly tokens: Tokens) {}

  /** @returns where it ends: at the first token that is not of it @throws YamlProblem */
  document(): Mark {
    while (this.is('directive')) this.tokens.next();
    const isExplicit = this.is('document-start');
    if (isExplicit) this.tokens.next();
    const isEmpty = this.is('directive', 'document-start', 'document-end', 'stream-end');
    if (!isEmpty) this.node(true, false);
    return this.tokens.peek().start;
  }

  private node(block: boolean, indentless: boolean): void {
    const { start } = this.tokens.peek();
    if (this.is('alias')) return void this.tokens.next();
    let properties = false;
    while (this.is('anchor', 'tag')) {
      properties = true;
      this.tokens.next();
    }
    if (indentless && this.is('-')) return this.indentlessSequence();
    if (this.is('scalar')) return void this.tokens.next();
    if (this.is('[')) return this.flowSequence();
    if (this.is('{')) return this.flowMapping();
    if (block && this.is('block-sequence-start')) return this.blockSequence();
    if (block && this.is('block-mapping-start')) return this.blockMapping();
    if (!properties) throw this.problem('did not find expected node content', start);
  }

  private blockSequence(): void {
    const { start } = this.tokens.next();
    while (this.is('-')) {
      this.tokens.next();
      if (!this.is('-', 'block-end')) this.node(true, false);
    }
    if (!this.is('block-end')) throw this.problem("did not find expected '-' indicator", start);
    this.tokens.next();
  }

  private indentlessSequence(): void {
    while (this.is('-')) {
      this.tokens.next();
      if (!this.is('-', 'key', 'value', 'block-end')) this.node(true, false);
    }
  }

  private blockMapping(): void {
    const { start } = this.tokens.next();
    while (this.is('key')) {
      this.tokens.next();
      if (!this.is('key', 'value', 'block-end')) this.node(true, true);
      if (!this.is('value')) continue;
      this.tokens.next();
      if (!this.is('key', 'value', 'block-end')) this.node(true, true);
    }
    if (!this.is('block-end')) throw this.problem('did not find expected key', start);
    this.tokens.next();
  }

  private flowSequence(): void {
    const { start } = this.tokens.next();
    for (let first = true; !this.is(']'); first = false) {
      if (!first) this.separator(start, ']');
      if (this.is('key')) this.pair(']');
      else if (!this.is(']')) this.node(false, false);
    }
    this.tokens.next();
  }

  private flowMapping(): void {
    const { start } = this.tokens.next();
    for (let first = true; !this.is('}'); first = false) {
      if (!first) this.separator(start, '}');
      if (this.is('key')) this.pair('}');
      else if (!this.is('}')) this.node(false, false);
    }
    this.tokens.next();
  }

  private separator(start: Mark, close: ']' | '}'): void {
    if (!this.is(',')) throw this.problem(`did not find expected ',' or '${close}'`, start);
    this.tokens.next();
  }

  private pair(close: ']' | '}'): void {
    this.tokens.next();
    if (!this.is('value', ',', close)) this.node(false, false);
    if (!this.is('value')) return;
    this.tokens.next();
    if (!this.is(',', close)) this.node(false, false);
  }

  private is(...types: readonly TokenType[]): boolean {
    return types.includes(this.tokens.peek().type);
  }

  private problem(text: string, context: Mark): YamlProblem {
    const token: Token = this.tokens.peek();
    return new YamlProblem(text, token.start, context, 'parser');
  }
}
