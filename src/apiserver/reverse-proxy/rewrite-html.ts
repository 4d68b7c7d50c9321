/**
 * HTML on its way through: the values of attributes that are links are rewritten, every other byte
 * is left as it is (upstream parses and writes all tags anew). Works on the stream: what is held
 * back is one unfinished tag or comment, at most HELD_BYTES of it; a longer one passes unread.
 *
 * Bytes are seen as Latin-1, which keeps them whatever the encoding is; links and markup are ASCII.
 */
import { Transform, type TransformCallback } from 'node:stream';

const HELD_BYTES = 64 * 1024;

/** HTML 4.01's and HTML 5's attributes that hold one URL. */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

/** Their content is text until the end tag, whatever it looks like. */
const RAW_TEXT = new Set([
  'iframe',
  'noembed',
  'noframes',
  'noscript',
  'script',
  'style',
  'textarea',
  'title',
  'xmp',
]);

// Both take time in proportion to what they read: no two parts can match the same characters.
const START_TAG = /<([A-Za-z][^\s/>]*)(?=[\s/>])((?:[^>"']|"[^"]*"|'[^']*')*)>/y;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)?)?/g;

/** `rewrite` is given each link without its quotes, and gives what is to stand there */
export class HtmlRewriter extends Transform {
  private held = '';
  /** Inside of such an element. */
  private rawText: string | undefined;

  constructor(private readonly rewrite: (link: string) => string) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    const text = this.held + chunk.toString('latin1');
    const { done, rest } = this.process(text);
    const passUnread = rest.length > HELD_BYTES;
    this.held = passUnread ? '' : rest;
    callback(null, Buffer.from(passUnread ? done + rest : done, 'latin1'));
  }

  override _flush(callback: TransformCallback): void {
    callback(null, Buffer.from(this.held, 'latin1'));
  }

  private process(text: string): { done: string; rest: string } {
    const out: string[] = [];
    let at = 0;
    while (at < text.length) {
      const next = this.rawText === undefined ? this.markup(text, at) : this.endOfRawText(text, at);
      if (!next) break;
      out.push(next.output);
      at = next.end;
    }
    return { done: out.join(''), rest: text.slice(at) };
  }

  /** The next piece of markup or text; undefined: more is needed. */
  private markup(text: string, at: number): Piece | undefined {
    const open = text.indexOf('<', at);
    if (open < 0) return { output: text.slice(at), end: text.length };
    if (open > at) return { output: text.slice(at, open), end: open };
    if (open + 1 >= text.length) return undefined;
    const second = text.charAt(open + 1);
    if (second === '!') return endedBy(text, at, text.startsWith('<!--', at) ? '-->' : '>', '<!--');
    if (second === '/' || second === '?') return endedBy(text, at, '>', '');
    if (!/[A-Za-z]/.test(second)) return { output: '<', end: at + 1 };
    START_TAG.lastIndex = at;
    const found = START_TAG.exec(text);
    if (!found) return undefined;
    const [whole, name = '', attributes = ''] = found;
    const lower = name.toLowerCase();
    if (RAW_TEXT.has(lower)) this.rawText = lower;
    const links = LINKS[lower];
    const output = links ? `<${name}${this.attributes(attributes, links)}>` : whole;
    return { output, end: at + whole.length };
  }

  private endOfRawText(text: string, at: number): Piece | undefined {
    const end = `</${this.rawText}`;
    const endTag = new RegExp(end, 'gi');
    endTag.lastIndex = at;
    if (endTag.test(text)) {
      this.rawText = undefined;
      return { output: text.slice(at, endTag.lastIndex), end: endTag.lastIndex };
    }
    // The end tag may be cut in two.
    const safe = Math.max(at, text.length - end.length + 1);
    return safe > at ? { output: text.slice(at, safe), end: safe } : undefined;
  }

  private attributes(text: string, links: readonly string[]): string {
    return text.replace(ATTRIBUTE, (whole, name: string, equals?: string, value?: string) => {
      if (equals === undefined || value === undefined || !links.includes(name.toLowerCase())) return whole;
      const quote = value.startsWith('"') || value.startsWith("'") ? value.charAt(0) : '';
      const link = quote ? value.slice(1, -1) : value;
      return `${name}${equals}${quote}${this.rewrite(link)}${quote}`;
    });
  }
}

interface Piece {
  readonly output: string;
  readonly end: number;
}

/** `start`: a beginning that may still be coming, of which nothing can be said before it is whole. */
function endedBy(text: string, at: number, end: string, start: string): Piece | undefined {
  if (start.startsWith(text.slice(at)) && text.length - at < start.length) return undefined;
  const found = text.indexOf(end, at);
  return found < 0 ? undefined : { output: text.slice(at, found + end.length), end: found + end.length };
}
