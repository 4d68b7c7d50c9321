/** Base64 as Go's encoding/base64 StdEncoding decodes it: padding demanded, line ends skipped. */

/** The index that Go names in `illegal base64 data at input byte N`, or undefined for valid text. */
export function base64Error(text: string): number | undefined {
  let i = 0;
  const skipLineEnds = () => {
    while (text[i] === '\n' || text[i] === '\r') i++;
  };
  for (;;) {
    // One group of four.
    for (let j = 0; j < 4; j++) {
      skipLineEnds();
      if (i >= text.length) return j === 0 ? undefined : i - j;
      const c = text.charCodeAt(i++);
      if (isAlphabet(c)) continue;
      if (c !== 61 || j < 2) return i - 1;
      if (j === 2) {
        skipLineEnds();
        if (i >= text.length) return text.length;
        if (text[i] !== '=') return i;
        i++;
      }
      skipLineEnds();
      return i < text.length ? i : undefined;
    }
  }
}

function isAlphabet(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 43 || c === 47;
}

/** The form that Go writes: no line ends, spare bits zero. */
export function canonicalBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('base64');
}
