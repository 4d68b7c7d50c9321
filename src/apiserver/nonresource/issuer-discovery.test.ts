import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

test('whoever reads the issuer’s configuration can verify a token without the server', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const account = '/api/v1/namespaces/default/serviceaccounts';
  await call(server, 'POST', account, { body: { metadata: { name: 'a' } } });
  const request = { spec: { audiences: ['https://example.com'], expirationSeconds: 600 } };
  const { json } = await call(server, 'POST', `${account}/a/token`, { body: request });
  const configuration = JSON.parse((await call(server, 'GET', '/.well-known/openid-configuration')).text) as {
    issuer: string;
    jwks_uri: string;
    id_token_signing_alg_values_supported: string[];
  };
  const { text, contentType } = await call(server, 'GET', new URL(configuration.jwks_uri).pathname);
  expect(contentType).toBe('application/jwk-set+json');
  const [key] = (JSON.parse(text) as { keys: (JsonWebKey & { kid: string })[] }).keys;
  const { token } = json.status as { token: string };
  const { payload, protectedHeader } = await jwtVerify(
    token,
    createPublicKey({ key: key ?? {}, format: 'jwk' }),
    {
      issuer: configuration.issuer,
      audience: 'https://example.com',
      algorithms: configuration.id_token_signing_alg_values_supported,
    },
  );
  expect(payload.sub).toBe('system:serviceaccount:default:a');
  expect(protectedHeader.kid).toBe(key?.kid);
});
