/** Strings as Go's %q prints them, which field errors do: \a and \x00 where JSON has \u0007 and \u0000. */
const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

export function goQuote(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  let out = '';
  for (const c of text) out += NAMED[c] ?? (isPrintable(c) ? c : escaped(c.codePointAt(0) ?? 0));
  return `"${out}"`;
}

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
const isPrintable = (c: string) => c === ' ' || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(c);

function escaped(code: number): string {
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
