import { expect, test } from 'vitest';
import { parseRequest, signatureError } from '../../api/certificates/request.ts';
import { certificateSubjectRestriction } from './certificate-subject.ts';

/** Of /O=system:masters/CN=u and of /CN=u. */
const MASTER =
  'MIHgMIGHAgEAMCUxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQowCAYDVQQDDAF1MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEB3z+UYQle8bPQYVxXMs9NVxUtZtmO6KcMje7+iodepRCUckpdARj+SHzKag26A6xUiI4q1i3/5fqkeFNoBE3s6AAMAoGCCqGSM49BAMCA0gAMEUCIHLBAXIya1BIjTU31k+NOz20l5LPRV8jmTx8L4okDv/eAiEA/R//9a9CcNaqpxOVn4t9WSSXB5bhXGAGl6nbsGFIvN0=';
const USER =
  'MIHGMG4CAQAwDDEKMAgGA1UEAwwBdTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMRZUK+xEkgNUjyUy8lsU9FJVhdtbWj3bw7zWoQ0gxbagqpN19gk6JqIcxc0kL5Spgo2GT/d8t+AOV6ihGthTtCgADAKBggqhkjOPQQDAgNIADBFAiEA7Jtp44o4Uohx1NoEUAJFR+IYr7M7jER59R5OfrN7VWYCIEZn0T/jNiYOtYuW0yNSKe9oAbGTs5Do7Q39Tl8yOhGs';
const pem = (body: string, type = 'CERTIFICATE REQUEST') =>
  Buffer.from(`text\n-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`).toString('base64');
const problem = (request: string) => {
  const parsed = parseRequest(request);
  return 'error' in parsed ? parsed.error : signatureError(parsed);
};

test.each([
  [pem(MASTER), undefined],
  [pem(USER), undefined],
  [pem(USER.replace('EZn0', 'EZm0')), 'x509: ECDSA verification failure'],
  [pem(USER, 'CERTIFICATE'), 'PEM block type must be CERTIFICATE REQUEST'],
  [pem(`${USER}!`), 'PEM block type must be CERTIFICATE REQUEST'],
  [pem(''), 'asn1: syntax error: sequence truncated'],
  [pem('MIHG'), 'asn1: syntax error: data truncated'],
  [pem('MAAwAA=='), 'asn1: syntax error: trailing data'],
  [
    pem('Zm9v'),
    "asn1: structure error: tags don't match (16 vs {class:1 tag:6 length:111 isCompound:true}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} certificateRequest @2",
  ],
])('a request %s', (request, expected) => {
  expect(problem(request)).toBe(expected);
});

test.each([
  [MASTER, 'kubernetes.io/kube-apiserver-client', true],
  [MASTER, 'example.com/s', false],
  [USER, 'kubernetes.io/kube-apiserver-client', false],
])('nobody asks the cluster for a certificate of an administrator', (body, signerName, refused) => {
  const validate = () =>
    certificateSubjectRestriction.validate?.({
      operation: 'CREATE',
      resource: { named: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests' } },
      subresource: '',
      object: { spec: { request: pem(body), signerName } },
      name: 'x',
    } as never);
  if (refused)
    expect(validate).toThrow(
      'certificatesigningrequests.certificates.k8s.io "x" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  else expect(validate).not.toThrow();
});
