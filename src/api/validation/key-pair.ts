/** Whether a certificate and a private key belong together, in the words of Go's tls.X509KeyPair. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

interface PemBlock {
  readonly type: string;
  readonly pem: string;
}

/** Undefined: they do. */
export function keyPairProblem(certificatePem: string, keyPem: string): string | undefined {
  const certificates = pemBlocks(certificatePem);
  const leaf = certificates.find(({ type }) => type === 'CERTIFICATE');
  if (!leaf) return missingCertificate(certificates.map(({ type }) => type));
  const keys = pemBlocks(keyPem);
  const at = keys.findIndex(({ type }) => isKey(type));
  const block = keys[at];
  if (!block) return missingKey(keys.map(({ type }) => type));
  const certificate = attempt(() => new X509Certificate(leaf.pem));
  if (!certificate) return 'x509: malformed certificate';
  const key = attempt(() => createPrivateKey(block.pem));
  if (!key) return 'tls: failed to parse private key';
  return mismatch(certificate, key);
}

const isKey = (type: string) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');

function pemBlocks(text: string): PemBlock[] {
  const found = text.matchAll(/-----BEGIN ([^\n-]+)-----\r?\n[\s\S]*?-----END \1-----/g);
  return [...found].map(([pem, type = '']) => ({ type, pem }));
}

function missingCertificate(skipped: readonly string[]): string {
  if (skipped.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (skipped.length === 1 && skipped[0]?.endsWith('PRIVATE KEY'))
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`;
}

function missingKey(skipped: readonly string[]): string {
  if (skipped.length === 0) return 'tls: failed to find any PEM data in key input';
  if (skipped.length === 1 && skipped[0] === 'CERTIFICATE')
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`;
}

function mismatch(certificate: X509Certificate, key: KeyObject): string | undefined {
  if (certificate.publicKey.asymmetricKeyType !== key.asymmetricKeyType)
    return 'tls: private key type does not match public key type';
  return certificate.checkPrivateKey(key) ? undefined : 'tls: private key does not match public key';
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
