/**
 * Scalars, anchors and tags as libyaml reads over them, with what it refuses in them. Each function
 * begins at the first character, and leaves the reader behind the last.
 */
import { isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, type Mark, type Reader } from './reader.ts';

const ESCAPES = '0abt\tnvfre "\'\\/N_LP';
const HEX_LENGTH: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** @throws YamlProblem */
export function readAnchor(reader: Reader): void {
  const start = reader.mark();
  reader.skip();
  const from = reader.position;
  while (/[\w-]/.test(reader.at(0))) reader.skip();
  const c = reader.at(0);
  if (reader.position === from || !(isBlankOrEnd(c) || '?:,]}%@`'.includes(c)))
    throw reader.problem('did not find expected alphabetic or numeric character', start);
}

/** @throws YamlProblem */
export function readTag(reader: Reader, inFlow: boolean): void {
  const start = reader.mark();
  while (!isBlankOrEnd(reader.at(0)) && !(inFlow && reader.at(0) === ',')) reader.skip();
  if (reader.at(0) === ',') throw reader.problem('did not find expected whitespace or line break', start);
}

/** `parent`: the indentation of what it stands in. @throws YamlProblem */
export function readBlockScalar(reader: Reader, parent: number): void {
  const start = reader.mark();
  reader.skip();
  const increment = readHeader(reader, start);
  const known = increment > 0 ? Math.max(parent, 0) + increment : 0;
  const indent = readBreaks(reader, known, parent, start);
  while (reader.column === indent && reader.at(0) !== '') {
    reader.skipToBreak();
    reader.skipLine();
    readBreaks(reader, indent, parent, start);
  }
}

/** @returns the indentation that it says, 0: none */
function readHeader(reader: Reader, start: Mark): number {
  let increment = 0;
  for (let i = 0; i < 2; i++) {
    const c = reader.at(0);
    if (c === '0') throw reader.problem('found an indentation indicator equal to 0', start);
    if (/[1-9]/.test(c) && increment === 0) increment = Number(c);
    else if (!/[-+]/.test(c)) break;
    reader.skip();
  }
  while (isBlank(reader.at(0))) reader.skip();
  if (reader.at(0) === '#') reader.skipToBreak();
  if (!isBreakOrEnd(reader.at(0))) throw reader.problem('did not find expected comment or line break', start);
  reader.skipLine();
  return increment;
}

/** Empty lines, and the indentation of the next; finds it out where it is not known (0). */
function readBreaks(reader: Reader, known: number, parent: number, start: Mark): number {
  let deepest = 0;
  while (true) {
    while (reader.at(0) === ' ' && (known === 0 || reader.column < known)) reader.skip();
    deepest = Math.max(deepest, reader.column);
    if (reader.at(0) === '\t' && (known === 0 || reader.column < known))
      throw reader.problem('found a tab character where an indentation space is expected', start);
    if (!isBreak(reader.at(0))) return known || Math.max(deepest, parent + 1, 1);
    reader.skipLine();
  }
}

/** @throws YamlProblem */
export function readQuoted(reader: Reader): void {
  const start = reader.mark();
  const quote = reader.at(0);
  reader.skip();
  while (true) {
    if (reader.documentIndicator()) throw reader.problem('found unexpected document indicator', start);
    if (reader.at(0) === '') throw reader.problem('found unexpected end of stream', start);
    readQuotedWord(reader, quote, start);
    if (reader.at(0) === quote) return reader.skip();
    while (isBlank(reader.at(0)) || isBreak(reader.at(0))) {
      if (isBreak(reader.at(0))) reader.skipLine(true);
      else reader.skip();
    }
  }
}

/** Up to a blank, the closing quote, or behind an escaped line break. */
function readQuotedWord(reader: Reader, quote: string, start: Mark): void {
  while (!isBlankOrEnd(reader.at(0))) {
    if (quote === "'" && reader.at(0) === "'" && reader.at(1) === "'") reader.skip();
    else if (reader.at(0) === quote) return;
    else if (quote === '"' && reader.at(0) === '\\') {
      reader.skip();
      if (isBreak(reader.at(0))) return reader.skipLine(true);
      readEscape(reader, start);
    }
    reader.skip();
  }
}

/** Begins at its letter, and stays before its last character. */
function readEscape(reader: Reader, start: Mark): void {
  const letter = reader.at(0);
  const length = HEX_LENGTH[letter];
  if (length === undefined) {
    if (letter === '' || !ESCAPES.includes(letter))
      throw reader.problem('found unknown escape character', start);
    return;
  }
  reader.skip();
  const digits = reader.ahead(length);
  if (!/^[0-9A-Fa-f]+$/.test(digits) || digits.length < length)
    throw reader.problem('did not find expected hexdecimal number', start);
  const code = Number.parseInt(digits, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw reader.problem('found invalid Unicode character escape code', start);
  for (let i = 1; i < length; i++) reader.skip();
}

/** @returns whether it ended with a line @throws YamlProblem */
export function readPlain(reader: Reader, inFlow: boolean, parent: number): boolean {
  const start = reader.mark();
  let atLineStart = false;
  while (!reader.documentIndicator() && reader.at(0) !== '#') {
    if (readPlainWord(reader, inFlow)) atLineStart = false;
    if (!isBlank(reader.at(0)) && !isBreak(reader.at(0))) break;
    while (isBlank(reader.at(0)) || isBreak(reader.at(0))) {
      if (isBreak(reader.at(0))) {
        atLineStart = true;
        reader.skipLine(inFlow);
      } else {
        if (atLineStart && reader.column < parent + 1 && reader.at(0) === '\t')
          throw reader.problem('found a tab character that violates indentation', start);
        reader.skip();
      }
    }
    if (!inFlow && reader.column < parent + 1) break;
  }
  return atLineStart;
}

/** @returns whether there was anything of it */
function readPlainWord(reader: Reader, inFlow: boolean): boolean {
  const from = reader.position;
  while (!isBlankOrEnd(reader.at(0))) {
    if (reader.at(0) === ':' && isBlankOrEnd(reader.at(1))) break;
    if (inFlow && ',?[]{}'.includes(reader.at(0))) break;
    reader.skip();
  }
  return reader.position > from;
}
