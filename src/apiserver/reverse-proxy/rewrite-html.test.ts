import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HtmlRewriter } from './rewrite-html.ts';

const rewrite = async (chunks: readonly Buffer[], link: (l: string) => string = l => `/p${l}`) =>
  (await buffer(Readable.from(chunks).pipe(new HtmlRewriter(link)))).toString('latin1');
const once = (html: string) => rewrite([Buffer.from(html, 'latin1')]);

test.each([
  ['<a href="/x">y</a>', '<a href="/p/x">y</a>'],
  ["<A class=b HREF='/x' >", "<A class=b HREF='/p/x' >"],
  ['<img src=/x alt>', '<img src=/p/x alt>'],
  ['<link rel=stylesheet disabled href = "/x"/>', '<link rel=stylesheet disabled href = "/p/x"/>'],
  ['<video poster="/a" src="/b">', '<video poster="/p/a" src="/p/b">'],
  [
    '<script src="/x">if (a<b) "<a href=\'/x\'>"</script ><a href="/y">',
    '<script src="/p/x">if (a<b) "<a href=\'/x\'>"</script ><a href="/p/y">',
  ],
])('%s has its links rewritten and nothing else', async (html, expected) => {
  expect(await once(html)).toBe(expected);
});

test.each([
  '<!DOCTYPE html><!-- <a href="/x"> --><p title="<a href=\'/x\'>">1 < 2 & <</p><?php <a ?>',
  '<div href="/x" data-src="/x">',
  '<title><a href="/x"></title>',
  '<a href="/x',
  'a < b > c <',
  '<textarea><a href="/x">',
  'caf\u00e9 \u00ff\u0000',
])('%s has no link and keeps every byte', async html => {
  expect(await once(html)).toBe(html);
});

const piece = fc.constantFrom(
  '<a href="/x">',
  '<img src=\'/y\' alt="a>b">',
  '</a>',
  '<!-- -',
  '-->',
  '<script>',
  '</script>',
  '<',
  '>',
  '"',
  ' /x ',
  '<p ',
  '\u00e9',
  '<title>',
  '</title>',
);

test('where chunks are cut makes no difference', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      async (pieces, cuts) => {
        const whole = Buffer.from(pieces.join(''), 'latin1');
        const chunks: Buffer[] = [];
        for (let at = 0; at < whole.length; ) {
          const size = cuts.next().value ?? 1;
          chunks.push(whole.subarray(at, at + size));
          at += size;
        }
        expect(await rewrite(chunks)).toBe(await rewrite([whole]));
      },
    ),
  );
});

test('without a change of links the bytes are those of the backend', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(piece, fc.string())), async pieces => {
      const whole = Buffer.from(pieces.join(''));
      expect(await rewrite([whole], link => link)).toBe(whole.toString('latin1'));
    }),
  );
});

test.each(['<a ', '<a href="', '<', '<!--', '<a href='])(
  'a tag without an end (%s…) is not held for ever',
  async start => {
    const rewriter = new HtmlRewriter(link => link);
    const chunk = Buffer.alloc(128 * 1024, 'x');
    rewriter.write(start);
    rewriter.write(chunk);
    expect(rewriter.read()?.length).toBe(start.length + chunk.length);
  },
);
