import { beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../cluster/certificates/authority.ts';
import { keyPairProblem } from './key-pair.ts';

const DAY_MS = 86_400_000;
const KEY = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
const OTHER = '-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n';
let pair: { readonly certificate: string; readonly key: string };
let another: typeof pair;
beforeAll(async () => {
  const make = (name: string) => createAuthority(name, Date.now(), DAY_MS);
  [pair, another] = await Promise.all([make('a'), make('b')]);
});

test('a certificate and its key have no problem, whatever stands before the key', () => {
  expect(keyPairProblem(pair.certificate, pair.key)).toBeUndefined();
  expect(keyPairProblem(pair.certificate, OTHER + pair.key)).toBeUndefined();
});

test('others do, in the words of Go', () => {
  const skipped = 'after skipping PEM blocks of the following types';
  const problems: [string, string, string][] = [
    ['', pair.key, 'tls: failed to find any PEM data in certificate input'],
    [
      pair.key,
      pair.certificate,
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    ],
    [
      KEY + OTHER,
      '',
      `tls: failed to find "CERTIFICATE" PEM block in certificate input ${skipped}: [PRIVATE KEY EC PARAMETERS]`,
    ],
    [pair.certificate, '', 'tls: failed to find any PEM data in key input'],
    [
      pair.certificate,
      pair.certificate,
      'tls: found a certificate rather than a key in the PEM for the private key',
    ],
    [
      pair.certificate,
      OTHER,
      `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input ${skipped}: [EC PARAMETERS]`,
    ],
    [pair.certificate, KEY, 'tls: failed to parse private key'],
    [
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      pair.key,
      'x509: malformed certificate',
    ],
    [pair.certificate, another.key, 'tls: private key does not match public key'],
  ];
  expect(problems.map(([certificate, key]) => keyPairProblem(certificate, key))).toEqual(
    problems.map(([, , problem]) => problem),
  );
});
