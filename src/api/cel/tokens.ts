/** The tokens of CEL (cel-spec, lexis), with the literals' values. */
import { type CelIssue } from './source.ts';

export type TokenKind = 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'identifier' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; `<EOF>` at the end. */
  readonly text: string;
  readonly at: number;
  /** Of literals and quoted identifiers. */
  readonly value?: unknown;
}

const SYMBOLS = '== != <= >= && || < > [ ] { } ( ) . , - ! ? : + * / %'.split(' ');
const SKIPPED = /^(?:[\t\n\f\r ]+|\/\/[^\n]*)/;
const FLOAT = /^(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/;
const INTEGER = /^(?:0x[0-9a-fA-F]+|\d+)[uU]?/;
const STRING =
  /^([bB][rR]?|[rR][bB]?)?("""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n\r]|\\[\s\S])*"|'(?:[^'\\\n\r]|\\[\s\S])*')/;
const RAW = /^([bB]?[rR]|[rR][bB])("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')/;
const WORD = /^[A-Za-z_][A-Za-z0-9_]*/;
const QUOTED_WORD = /^`[A-Za-z0-9_.\-/ ]+`/;

/** Characters that begin no token are reported, and left out. */
export function tokenize(source: string): { tokens: Token[]; issues: CelIssue[] } {
  const tokens: Token[] = [];
  const issues: CelIssue[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const skipped = SKIPPED.exec(rest)?.[0];
    const token = skipped === undefined ? next(rest, at) : undefined;
    if (token) tokens.push(token);
    else if (skipped === undefined)
      issues.push({ at, message: `Syntax error: token recognition error at: '${unrecognized(rest)}'` });
    at += skipped?.length ?? token?.text.length ?? unrecognized(rest).length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length });
  return { tokens, issues };
}

/** A string that does not end takes the rest with it. */
const unrecognized = (rest: string) => (/^["']/.test(rest) ? rest : (rest[0] ?? ''));

function next(rest: string, at: number): Token | undefined {
  const raw = RAW.exec(rest);
  if (raw) return stringToken(raw, at, true);
  const string = STRING.exec(rest);
  if (string) return stringToken(string, at, false);
  const float = FLOAT.exec(rest)?.[0];
  if (float) return { kind: 'double', text: float, at, value: Number(float) };
  const integer = INTEGER.exec(rest)?.[0];
  if (integer) {
    const unsigned = /[uU]$/.test(integer);
    const value = BigInt(unsigned ? integer.slice(0, -1) : integer);
    return { kind: unsigned ? 'uint' : 'int', text: integer, at, value };
  }
  const quoted = QUOTED_WORD.exec(rest)?.[0];
  if (quoted) return { kind: 'identifier', text: quoted, at, value: quoted.slice(1, -1) };
  const word = WORD.exec(rest)?.[0];
  if (word) return { kind: word === 'in' ? 'symbol' : 'identifier', text: word, at, value: word };
  const symbol = SYMBOLS.find(s => rest.startsWith(s));
  return symbol === undefined ? undefined : { kind: 'symbol', text: symbol, at };
}

function stringToken([text, prefix = '', quoted = '']: RegExpExecArray, at: number, raw: boolean): Token {
  const width = /^("""|''')/.test(quoted) ? 3 : 1;
  const inner = quoted.slice(width, -width);
  return {
    kind: /b/i.test(prefix) ? 'bytes' : 'string',
    text,
    at,
    value: raw ? inner : unescape(inner),
  };
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (
      _all,
      hex: string | undefined,
      four: string | undefined,
      eight: string | undefined,
      octal: string | undefined,
      one: string | undefined,
    ) => {
      if (one !== undefined) return SIMPLE[one] ?? one;
      const code =
        octal === undefined ? Number.parseInt(hex ?? four ?? eight ?? '0', 16) : Number.parseInt(octal, 8);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}
