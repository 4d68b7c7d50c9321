/** A body that is no JSON: the message is that of Go's encoding/json, which clients see. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

export const UNEXPECTED_END = 'unexpected end of JSON input';
/** Deeper nesting is refused, as Go's decoder does. */
export const MAX_DEPTH = 10_000;

/** `invalid character 'x' looking for beginning of value`: Go names the byte, not the character. */
export function invalidCharacter(text: string, index: number, where: string): JsonSyntaxError {
  if (index >= text.length) return new JsonSyntaxError(UNEXPECTED_END);
  const first = Buffer.from(String.fromCodePoint(text.codePointAt(index) ?? 0))[0] ?? 0;
  return new JsonSyntaxError(`invalid character ${quote(first)} ${where}`);
}

function quote(byte: number): string {
  if (byte === 0x27) return "'\\''";
  if (byte === 0x22) return `'"'`;
  const named = {
    0x07: '\\a',
    0x08: '\\b',
    0x0c: '\\f',
    0x0a: '\\n',
    0x0d: '\\r',
    0x09: '\\t',
    0x0b: '\\v',
    0x5c: '\\\\',
  }[byte];
  if (named) return `'${named}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  if ((byte >= 0x80 && byte < 0xa1) || byte === 0xad) return `'\\u${byte.toString(16).padStart(4, '0')}'`;
  return `'${String.fromCharCode(byte)}'`;
}
