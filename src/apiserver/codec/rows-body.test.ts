import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revision } from '../../store/contract.ts';
import { CachedEntry } from '../cache/cached-object.ts';
import { RowsBody } from './rows-body.ts';

const entry = (name: string) =>
  new CachedEntry(
    `/registry/core/pods/default/${name}`,
    Buffer.from(`{"kind":"Pod","apiVersion":"v1","metadata":${JSON.stringify({ name })}}`),
    revision(7),
  );

test('rows are their text around bytes of their object, whatever the size of the pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string()), { maxLength: 8 }),
      fc.integer({ min: 1, max: 300 }),
      (texts, size) => {
        const items = texts.map(([name]) => entry(name));
        const body = new RowsBody('{"rows":[', items, item => {
          const after = texts[items.indexOf(item as CachedEntry)]?.[1] ?? '';
          return { before: `{${after}`, start: item.itemStart, end: item.metadataEnd, after: `${after}}` };
        });
        const shared = Buffer.alloc(size);
        const pieces: Buffer[] = [];
        // Each is copied before the next is asked for: whoever writes them may use them again.
        for (const piece of body.pieces(() => shared)) pieces.push(Buffer.from(piece));
        expect(pieces.slice(0, -1).every(piece => piece.length === size)).toBe(true);
        const rows = items.map((item, i) => {
          const metadata = item.bytes.toString('utf8', item.itemStart, item.metadataEnd);
          return `{${texts[i]?.[1]}${metadata}${texts[i]?.[1]}}`;
        });
        const whole = Buffer.from(`{"rows":[${rows.join(',')}]}\n`);
        expect(Buffer.concat(pieces).equals(whole)).toBe(true);
      },
    ),
  );
});
