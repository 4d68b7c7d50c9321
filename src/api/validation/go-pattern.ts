/** Go's regular expressions (RE2) as JavaScript's. */
const patterns = new Map<string, RegExp | undefined>();

/** Go's RE2 has a few spellings of its own. Undefined: it cannot be read. */
export function patternOf(pattern: string): RegExp | undefined {
  if (!patterns.has(pattern)) {
    const flags = /^\(\?([ims]+)\)/.exec(pattern);
    const source = pattern
      .slice(flags?.[0].length ?? 0)
      .replace(/\\A/g, '^')
      .replace(/\\z/g, '$')
      .replace(/\(\?P</g, '(?<');
    try {
      patterns.set(pattern, new RegExp(source, `u${flags?.[1] ?? ''}`));
    } catch {
      patterns.set(pattern, lenient(source));
    }
  }
  return patterns.get(pattern);
}

function lenient(source: string): RegExp | undefined {
  try {
    return new RegExp(source);
  } catch {
    return undefined;
  }
}
