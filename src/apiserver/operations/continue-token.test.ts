import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeContinue, encodeContinue } from './continue-token.ts';

test('a token says again what was put into it', () => {
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?$/);
  fc.assert(
    fc.property(fc.integer({ min: 1 }), name, name, (revision, namespace, object) => {
      fc.pre(!namespace.includes('..') && !object.includes('..'));
      const token = { revision, after: `${namespace}/${object}` };
      expect(decodeContinue(encodeContinue(token))).toEqual(token);
    }),
  );
});

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const V1 = 'meta.k8s.io/v1';

test.each([
  ['x', 'illegal base64 data at input byte 0'],
  ['abcde', 'illegal base64 data at input byte 4'],
  ['e30*', 'illegal base64 data at input byte 3'],
  ['e30=', 'illegal base64 data at input byte 3'],
  ['é', 'illegal base64 data at input byte 0'],
  [encoded(null), 'server does not recognize this encoded version '],
  [encoded({ v: 'v0' }), 'server does not recognize this encoded version v0'],
  [encoded({ v: V1, start: 'a' }), `incorrect encoded start resourceVersion (version ${V1})`],
  [encoded({ v: V1, rv: 1 }), `encoded start key empty (version ${V1})`],
  [encoded([]), 'json: cannot unmarshal array into Go value of type storage.continueToken'],
  [encoded({ v: 1 }), 'json: cannot unmarshal number into Go struct field continueToken.v of type string'],
  [
    encoded({ v: V1, rv: '1' }),
    'json: cannot unmarshal string into Go struct field continueToken.rv of type int64',
  ],
  [
    encoded({ v: V1, rv: 1.5 }),
    'json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64',
  ],
  [
    encoded({ v: V1, rv: 1, start: true }),
    'json: cannot unmarshal bool into Go struct field continueToken.start of type string',
  ],
  ...['../x', 'a/../b', 'a//b', '//a', 'a/', '.'].map(start => [encoded({ v: V1, rv: 1, start }), start]),
])('the token %j is refused', (token, why) => {
  expect(() => decodeContinue(token as string)).toThrow(
    expect.objectContaining({ message: `invalid continue token: continue key is not valid: ${why}` }),
  );
});

test('a token may begin with a slash, and ask for the newest state by any negative revision', () => {
  expect(decodeContinue(encoded({ v: V1, rv: -7, start: '/a\u0000' }))).toEqual({ revision: -1, after: 'a' });
  expect(decodeContinue(encoded({ v: V1, rv: 7, start: '/' }))).toEqual({ revision: 7, after: '' });
});

test('a token whose fields are objects, of whatever kind, is refused', () => {
  for (const v of [{}, { toString: 0 }, { valueOf: null, toString: null }])
    expect(() => decodeContinue(encoded({ v }))).toThrow('cannot unmarshal object into Go struct field');
});

test('whatever a token is, it is read or refused with 400', () => {
  const values = fc.oneof(
    fc.string(),
    fc.jsonValue().map(encoded),
    fc.record({ v: fc.constant(V1), rv: fc.jsonValue(), start: fc.jsonValue() }).map(encoded),
  );
  fc.assert(
    fc.property(values, token => {
      try {
        expect(decodeContinue(token).revision).not.toBe(0);
      } catch (error) {
        expect(error).toMatchObject({ code: 400 });
      }
    }),
  );
});
