/**
 * What Go's encoding/json says of text that is not JSON, or not a JSON object: some fields hold
 * JSON in a string, and their validation messages quote the decoder.
 */
const LITERALS: readonly string[] = ['null', 'true', 'false'];
const SPACE = new Set([' ', '\t', '\n', '\r']);
const END = 'unexpected end of JSON input';

class Bad extends Error {}

const quote = (c: string) => (c === "'" ? "'\\''" : c === '"' ? `'"'` : `'${c}'`);
const fail = (c: string | undefined, context: string): never => {
  throw new Bad(c === undefined ? END : `invalid character ${quote(c)} ${context}`);
};

/** The first syntax error; undefined when `text` is one JSON value. */
export function jsonSyntaxError(text: string): string | undefined {
  const chars = [...text];
  let at = 0;
  const skip = () => {
    while (SPACE.has(chars[at] ?? '')) at++;
  };

  const literal = (word: string) => {
    for (const [i, expected] of [...word].entries()) {
      if (chars[at] !== expected && i > 0)
        fail(chars[at], `in literal ${word} (expecting ${quote(expected)})`);
      at++;
    }
  };

  const string = () => {
    at++;
    for (;;) {
      const c = chars[at];
      if (c === '"') break;
      if (c === undefined || c < ' ') fail(c, 'in string literal');
      if (c === '\\') {
        at++;
        const escaped = chars[at];
        if (escaped === 'u') {
          for (let i = 0; i < 4; i++) {
            at++;
            if (!/[0-9a-fA-F]/.test(chars[at] ?? '')) fail(chars[at], 'in \\u hexadecimal character escape');
          }
        } else if (!'"\\/bfnrt'.includes(escaped ?? '?')) fail(escaped, 'in string escape code');
      }
      at++;
    }
    at++;
  };

  const digits = (after: string) => {
    if (!/[0-9]/.test(chars[at] ?? '')) fail(chars[at], after);
    while (/[0-9]/.test(chars[at] ?? '')) at++;
  };

  const number = () => {
    if (chars[at] === '-') at++;
    if (chars[at] === '0') at++;
    else digits('in numeric literal');
    if (chars[at] === '.') {
      at++;
      digits('after decimal point in numeric literal');
    }
    if (chars[at] === 'e' || chars[at] === 'E') {
      at++;
      if (chars[at] === '+' || chars[at] === '-') at++;
      digits('in exponent of numeric literal');
    }
  };

  const value = () => {
    skip();
    const c = chars[at];
    const word = LITERALS.find(l => l[0] === c);
    if (word) literal(word);
    else if (c === '"') string();
    else if (c === '{') object();
    else if (c === '[') array();
    else if (c !== undefined && /[-0-9]/.test(c)) number();
    else fail(c, 'looking for beginning of value');
  };

  const object = () => {
    at++;
    skip();
    if (chars[at] === '}') {
      at++;
      return;
    }
    for (;;) {
      skip();
      if (chars[at] !== '"') fail(chars[at], 'looking for beginning of object key string');
      string();
      skip();
      if (chars[at] !== ':') fail(chars[at], 'after object key');
      at++;
      value();
      skip();
      const c = chars[at++];
      if (c === '}') return;
      if (c !== ',') fail(c, 'after object key:value pair');
    }
  };

  const array = () => {
    at++;
    skip();
    if (chars[at] === ']') {
      at++;
      return;
    }
    for (;;) {
      value();
      skip();
      const c = chars[at++];
      if (c === ']') return;
      if (c !== ',') fail(c, 'after array element');
    }
  };

  try {
    value();
    skip();
    if (at < chars.length) fail(chars[at], 'after top-level value');
    return undefined;
  } catch (error) {
    if (error instanceof Bad) return error.message;
    throw error;
  }
}

/** The same for text that must be a JSON object (or null), as decoded into map[string]interface{}. */
export function jsonObjectError(text: string): string | undefined {
  const syntax = jsonSyntaxError(text);
  if (syntax !== undefined) return syntax;
  const value: unknown = JSON.parse(text);
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
}
