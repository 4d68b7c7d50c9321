import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revision } from '../../store/contract.ts';
import { CachedEntry } from '../cache/cached-object.ts';
import type { PiecedBody } from '../request.ts';
import { JoinedBody, JsonListBody, joined } from './list-body.ts';

const entry = (name: string) =>
  new CachedEntry(
    `/registry/core/pods/default/${name}`,
    Buffer.from(`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"${name}"}}`),
    revision(7),
  );

/** All pieces, each copied before the next is asked for, as whoever writes them may use them again. */
function inPieces(body: PiecedBody, size: number): Buffer {
  const shared = Buffer.alloc(size);
  const pieces: Buffer[] = [];
  for (const piece of body.pieces(() => shared)) pieces.push(Buffer.from(piece));
  for (const piece of pieces.slice(0, -1)) expect(piece.length).toBe(size);
  return Buffer.concat(pieces);
}

test('a list is its head and its items without kind and apiVersion', () => {
  const body = new JsonListBody('{"kind":"PodList","apiVersion":"v1","metadata":{}', [
    entry('a'),
    entry('b'),
  ]);
  expect(JSON.parse(joined(body).toString())).toEqual({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items: [
      { metadata: { resourceVersion: '7', name: 'a' } },
      { metadata: { resourceVersion: '7', name: 'b' } },
    ],
  });
});

test('the pieces are the same bytes whatever their size, and as many as were said', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{0,30}$/), { maxLength: 8 }),
      fc.integer({ min: 1, max: 400 }),
      (names, size) => {
        for (const body of [
          new JsonListBody('{"kind":"PodList"', names.map(entry)),
          new JoinedBody(names.map(name => Buffer.from(name))),
        ]) {
          const whole = joined(body);
          expect(whole.length).toBe(body.byteLength);
          expect(inPieces(body, size).equals(whole)).toBe(true);
        }
      },
    ),
  );
});
