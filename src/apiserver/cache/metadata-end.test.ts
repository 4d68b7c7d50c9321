import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revision } from '../../store/contract.ts';
import { CachedEntry } from './cached-object.ts';

test('what is cut out is the metadata, whatever strings and objects are in it and behind it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (metadata, spec) => {
      const value = { kind: 'A', apiVersion: 'v1', metadata: { ...metadata, '{"a\\': '}\\"' }, spec };
      const entry = new CachedEntry('/registry/core/as/a', Buffer.from(JSON.stringify(value)), revision(7));
      const cut = JSON.parse(`{${entry.bytes.toString('utf8', entry.itemStart, entry.metadataEnd)}}`) as {
        metadata: unknown;
      };
      expect(cut.metadata).toEqual((JSON.parse(entry.bytes.toString()) as typeof value).metadata);
    }),
  );
});
