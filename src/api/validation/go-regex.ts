/**
 * Whether Go's regexp package (RE2 syntax) would take an expression, and its words if not. JavaScript's
 * engine judges what both languages know; what only Go knows is translated first, what only JavaScript
 * knows (look-around, back references) is refused.
 */

/** Undefined: it is valid. Otherwise `error parsing regexp: …: `x``. */
export function goRegexError(pattern: string): string | undefined {
  const error = (what: string, part: string) => `error parsing regexp: ${what}: \`${part}\``;
  const group = /\(\?(?:[=!]|<[=!])/.exec(unescaped(pattern));
  if (group) return error('invalid or unsupported Perl syntax', pattern.slice(group.index, group.index + 3));
  const reference = /\\[1-9k]/.exec(pattern.replaceAll('\\\\', '__'));
  if (reference) return error('invalid escape sequence', reference[0]);
  const depth = parentheses(pattern);
  if (depth > 0) return error('missing closing )', pattern);
  if (depth < 0) return error('unexpected )', pattern);
  const open = /\[(?:\^)?(?:\]|\\.|[^\]\\])*$/.exec(unescaped(pattern));
  if (open && !pattern.slice(open.index + 1).includes(']'))
    return error('missing closing ]', pattern.slice(open.index));
  const repeat = /(?:^|[(|])([*+?])/.exec(unescaped(pattern));
  if (repeat && !/\(\?/.test(repeat[0]))
    return error('missing argument to repetition operator', repeat[1] ?? '');
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(pattern)) return error('trailing backslash at end of expression', '');
  try {
    new RegExp(toJavaScript(pattern));
    return undefined;
  } catch {
    const range = /\{(\d+),(\d+)\}/.exec(pattern);
    if (range && Number(range[1]) > Number(range[2])) return error('invalid repeat count', range[0]);
    const classRange = /([^\\])-([^\]])/.exec(pattern);
    if (classRange) return error('invalid character class range', classRange[0]);
    return error('invalid or unsupported Perl syntax', pattern);
  }
}

/** Escaped characters as underscores, so that what is left means itself. */
const unescaped = (pattern: string) => pattern.replace(/\\[\s\S]/g, '__');

/** Above 0: that many are open at the end; -1: one is closed too many. Those in [] are characters. */
function parentheses(pattern: string): number {
  let depth = 0;
  let inClass = false;
  for (const [i, c] of Array.from(unescaped(pattern)).entries()) {
    if (inClass) inClass = c !== ']' || i === 0;
    else if (c === '[') inClass = true;
    else if (c === '(') depth++;
    else if (c === ')' && --depth < 0) return -1;
  }
  return depth;
}

/** Named groups, flags, text anchors and classes that only Go writes so. */
function toJavaScript(pattern: string): string {
  return pattern
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?[imsU-]+\)/g, '')
    .replace(/\(\?[imsU-]+:/g, '(?:')
    .replace(/\\[AzQE]/g, '')
    .replace(/\[\[:\^?[a-z]+:\]/g, '[a')
    .replace(/\[:\^?[a-z]+:\]/g, 'a')
    .replace(/\\[pP](?:\{\^?\w+\}|\w)/g, 'a');
}
