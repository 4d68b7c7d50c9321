/**
 * Reads JSON as Go's decoder does, for the cases that JSON.parse cannot tell: keys that occur twice,
 * numbers whose spelling matters (1.0, 1e3, integers beyond 2⁵³), lone surrogates, and the exact
 * message for what is no JSON. About ten times slower than JSON.parse: json-parse.ts decides when
 * it is needed. Iterative, so that 10,000 levels need no stack.
 */
import { invalidCharacter, JsonSyntaxError, MAX_DEPTH, UNEXPECTED_END } from './json-syntax-error.ts';

/** A number that is not simply a safe integer: its text as it was written. */
export class RawNumber {
  constructor(readonly text: string) {}
  toJSON(): number {
    return Number(this.text);
  }
}

/** An object in which a key occurs more than once: all its entries in order. */
export class DuplicateKeys {
  readonly entries: [key: string, value: unknown][] = [];
  /** As JSON.parse reads it: the last one wins. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(this.entries);
  }
}

interface Frame {
  /** The container being filled. */
  object?: Record<string, unknown>;
  duplicates?: DuplicateKeys;
  array?: unknown[];
  key: string;
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const PLAIN_STRING = /"[^"\\\p{Cc}]*"/uy;
const LITERALS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** Throws JsonSyntaxError with Go's message. */
export function readJson(text: string): unknown {
  return new Reader(text).read();
}

class Reader {
  private i = 0;
  private readonly stack: Frame[] = [];

  constructor(private readonly text: string) {}

  read(): unknown {
    let value: unknown;
    for (;;) {
      // A value starts here; containers that are not empty descend.
      this.space();
      const opened = this.openContainer();
      if (opened === 'descend') continue;
      value = opened === 'none' ? this.scalar() : opened.value;
      // The value is complete; close what ends after it.
      for (;;) {
        const frame = this.stack.at(-1);
        if (!frame) return this.end(value);
        if (!this.add(frame, value)) break;
        value = this.finish();
      }
    }
  }

  private end(value: unknown): unknown {
    this.space();
    if (this.i < this.text.length) throw invalidCharacter(this.text, this.i, 'after top-level value');
    return value;
  }

  private openContainer(): 'none' | 'descend' | { value: unknown } {
    const c = this.text[this.i];
    if (c !== '{' && c !== '[') return 'none';
    if (this.stack.length >= MAX_DEPTH) {
      throw new JsonSyntaxError(`invalid character '${c}' exceeded max depth`);
    }
    this.i++;
    this.space();
    if (c === '[') {
      if (this.text[this.i] === ']') {
        this.i++;
        return { value: [] };
      }
      this.stack.push({ array: [], key: '' });
      return 'descend';
    }
    if (this.text[this.i] === '}') {
      this.i++;
      return { value: {} };
    }
    this.stack.push({ object: {}, key: this.key() });
    return 'descend';
  }

  /** Puts the value into its container; true when the container ends after it. */
  private add(frame: Frame, value: unknown): boolean {
    this.space();
    const c = this.text[this.i];
    if (frame.array) {
      frame.array.push(value);
      if (c === ']') return true;
      if (c !== ',') throw invalidCharacter(this.text, this.i, 'after array element');
      this.i++;
      return false;
    }
    this.put(frame, value);
    if (c === '}') return true;
    if (c !== ',') throw invalidCharacter(this.text, this.i, 'after object key:value pair');
    this.i++;
    this.space();
    frame.key = this.key();
    return false;
  }

  private put(frame: Frame, value: unknown): void {
    const object = frame.object as Record<string, unknown>;
    if (!frame.duplicates && Object.hasOwn(object, frame.key)) {
      frame.duplicates = new DuplicateKeys();
      frame.duplicates.entries.push(...Object.entries(object));
    }
    frame.duplicates?.entries.push([frame.key, value]);
    // As JSON.parse: __proto__ is a key like any other.
    Object.defineProperty(object, frame.key, { value, writable: true, enumerable: true, configurable: true });
  }

  private finish(): unknown {
    this.i++;
    const frame = this.stack.pop() as Frame;
    return frame.array ?? frame.duplicates ?? frame.object;
  }

  private space(): void {
    SPACE.lastIndex = this.i;
    SPACE.test(this.text);
    this.i = SPACE.lastIndex;
  }

  /** A key and the colon behind it. */
  private key(): string {
    if (this.text[this.i] !== '"') {
      throw invalidCharacter(this.text, this.i, 'looking for beginning of object key string');
    }
    const key = this.string();
    this.space();
    if (this.text[this.i] !== ':') throw invalidCharacter(this.text, this.i, 'after object key');
    this.i++;
    return key;
  }

  private scalar(): unknown {
    const c = this.text[this.i] ?? '';
    if (c === '"') return this.string();
    if (c === '-' || (c >= '0' && c <= '9')) return this.number();
    const literal = LITERALS.find(([word]) => word[0] === c);
    if (!literal) throw invalidCharacter(this.text, this.i, 'looking for beginning of value');
    const [word, value] = literal;
    for (let k = 1; k < word.length; k++) {
      if (this.text[this.i + k] !== word[k]) {
        throw invalidCharacter(this.text, this.i + k, `in literal ${word} (expecting '${word[k]}')`);
      }
    }
    this.i += word.length;
    return value;
  }

  private number(): number | RawNumber {
    NUMBER.lastIndex = this.i;
    const found = NUMBER.exec(this.text)?.[0];
    if (found === undefined) throw invalidCharacter(this.text, this.i + 1, 'in numeric literal');
    const next = this.i + found.length;
    const c = this.text[next];
    if (c === '.') throw invalidCharacter(this.text, next + 1, 'after decimal point in numeric literal');
    if (c === 'e' || c === 'E') {
      const sign = /[-+]/.test(this.text[next + 1] ?? '') ? 2 : 1;
      throw invalidCharacter(this.text, next + sign, 'in exponent of numeric literal');
    }
    this.i = next;
    return /^-?[0-9]{1,15}$/.test(found) ? Number(found) : new RawNumber(found);
  }

  private string(): string {
    PLAIN_STRING.lastIndex = this.i;
    if (PLAIN_STRING.test(this.text)) {
      const value = this.text.slice(this.i + 1, PLAIN_STRING.lastIndex - 1);
      this.i = PLAIN_STRING.lastIndex;
      return value;
    }
    const start = this.i++;
    for (;;) {
      const c = this.text[this.i];
      if (c === undefined) throw new JsonSyntaxError(UNEXPECTED_END);
      if (c === '"') break;
      if (c < ' ') throw invalidCharacter(this.text, this.i, 'in string literal');
      this.i++;
      if (c === '\\') this.escape();
    }
    this.i++;
    const value = JSON.parse(this.text.slice(start, this.i)) as string;
    // Halves of surrogate pairs become U+FFFD, as in Go.
    return value.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
  }

  private escape(): void {
    const c = this.text[this.i];
    if (c === 'u') {
      for (let k = 1; k <= 4; k++) {
        if (!/[0-9a-fA-F]/.test(this.text[this.i + k] ?? '')) {
          throw invalidCharacter(this.text, this.i + k, 'in \\u hexadecimal character escape');
        }
      }
      this.i += 5;
      return;
    }
    if (c === undefined || !'"\\/bfnrt'.includes(c)) {
      throw invalidCharacter(this.text, this.i, 'in string escape code');
    }
    this.i++;
  }
}
