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

test.each([
  ['x', 'illegal base64'],
  [Buffer.from('{"v":"v0"}').toString('base64url'), 'does not recognize this encoded version v0'],
  [
    Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString('base64url'),
    'incorrect encoded start resourceVersion',
  ],
  [Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../x"}').toString('base64url'), '../x'],
])('the token %j is refused', (token, why) => {
  expect(() => decodeContinue(token)).toThrow(why);
});
