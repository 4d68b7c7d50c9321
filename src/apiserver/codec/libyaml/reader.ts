/** A text, and where one stands in it: what libyaml's scanner reads from. */

export interface Mark {
  readonly index: number;
  /** From 0. */
  readonly line: number;
  readonly column: number;
}

/** `at`: where it was found; a scanner counts the line it stands in, a parser those it has passed. */
export class YamlProblem extends Error {
  override readonly name = 'YamlProblem';
  constructor(
    readonly problem: string,
    readonly at: Mark,
    readonly context: Mark,
    readonly by: 'scanner' | 'parser',
  ) {
    super(problem);
  }
}

export class Reader {
  private index = 0;
  private lineNumber = 0;
  private columnNumber = 0;
  /** Where lines begin whose indentation means nothing: within brackets and quotes. */
  readonly continuations: number[] = [];

  constructor(private readonly text: string) {}

  get line(): number {
    return this.lineNumber;
  }

  get column(): number {
    return this.columnNumber;
  }

  get position(): number {
    return this.index;
  }

  /** '' behind the end. */
  at(offset: number): string {
    return this.text.charAt(this.index + offset);
  }

  /** The next characters, fewer at the end. */
  ahead(length: number): string {
    return this.text.slice(this.index, this.index + length);
  }

  mark(): Mark {
    return { index: this.index, line: this.lineNumber, column: this.columnNumber };
  }

  problem(text: string, context: Mark): YamlProblem {
    return new YamlProblem(text, this.mark(), context, 'scanner');
  }

  skip(): void {
    this.index++;
    this.columnNumber++;
  }

  /** A byte order mark takes no column. */
  skipByteOrderMark(): void {
    if (this.index === 0 && this.at(0) === '\uFEFF') this.index++;
  }

  skipToBreak(): void {
    while (!isBreakOrEnd(this.at(0))) this.skip();
  }

  skipLine(continues = false): void {
    if (!isBreak(this.at(0))) return;
    this.index += this.at(0) === '\r' && this.at(1) === '\n' ? 2 : 1;
    this.columnNumber = 0;
    this.lineNumber++;
    if (continues) this.continuations.push(this.index);
  }

  /** As if a last line break had been there. */
  endLine(): void {
    if (this.columnNumber === 0) return;
    this.columnNumber = 0;
    this.lineNumber++;
  }

  documentIndicator(): 'document-start' | 'document-end' | undefined {
    if (this.columnNumber !== 0 || !isBlankOrEnd(this.at(3))) return undefined;
    const three = this.ahead(3);
    return three === '---' ? 'document-start' : three === '...' ? 'document-end' : undefined;
  }
}

export const isBlank = (c: string): boolean => c === ' ' || c === '\t';
export const isBreak = (c: string): boolean => c !== '' && '\r\n\u0085\u2028\u2029'.includes(c);
export const isBreakOrEnd = (c: string): boolean => c === '' || isBreak(c);
export const isBlankOrEnd = (c: string): boolean => isBlank(c) || isBreakOrEnd(c);
