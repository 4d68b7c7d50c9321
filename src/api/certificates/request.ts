/** Certificate requests (PKCS #10): who asks for what, and whether they hold the key. */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { DerError, type DerValue, inside, readDer, SEQUENCE, SET } from './der.ts';
import { pemBlocks } from './pem.ts';

interface CertificateRequest {
  readonly organizations: readonly string[];
  readonly signed: Buffer;
  readonly publicKey: Buffer;
  readonly algorithm: string;
  readonly signature: Buffer;
}

/** Object identifiers, DER in hex. */
const ORGANIZATION = '55040a';
const RSA_PSS = '2a864886f70d01010a';
const HASHES: Readonly<Record<string, string>> = {
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};
const ED25519 = '2b6570';
const INSECURE: Readonly<Record<string, string>> = {
  '2a864886f70d010105': 'SHA1-RSA',
  '2a8648ce3d0401': 'ECDSA-SHA1',
  '2a864886f70d010104': 'MD5-RSA',
};
const PSS_HASHES: Readonly<Record<number, string>> = { 1: 'sha256', 2: 'sha384', 3: 'sha512' };

/** What a request in base64 says; an error as upstream tells it. */
export function parseRequest(base64: string): CertificateRequest | { readonly error: string } {
  const [block] = pemBlocks(Buffer.from(base64, 'base64').toString());
  if (block?.type !== 'CERTIFICATE REQUEST') return { error: 'PEM block type must be CERTIFICATE REQUEST' };
  try {
    return parseDer(block.der);
  } catch (e) {
    if (e instanceof DerError) return { error: e.message };
    throw e;
  }
}

function parseDer(der: Buffer): CertificateRequest {
  const outer = readDer(der, { tag: SEQUENCE, name: 'certificateRequest' });
  if (outer.whole.length < der.length) throw new DerError('asn1: syntax error: trailing data');
  const [info, algorithm, signature] = inside(outer);
  const [, subject, key] = inside(info);
  const [oid, parameters] = inside(algorithm);
  if (!info || !key || !oid || !signature) throw new DerError('asn1: syntax error: sequence truncated');
  const id = oid.content.toString('hex');
  return {
    organizations: inside(subject).flatMap(organizationsOf),
    signed: info.whole,
    publicKey: key.whole,
    algorithm: id === RSA_PSS ? `${id} ${pssHash(parameters)}` : id,
    signature: signature.content.subarray(1),
  };
}

function organizationsOf(relative: DerValue): string[] {
  return inside(relative, SET).flatMap(attribute => {
    const [type, value] = inside(attribute);
    return type?.content.toString('hex') === ORGANIZATION && value ? [value.content.toString()] : [];
  });
}

/** sha256, sha384 or sha512, by the last byte of its identifier. */
function pssHash(parameters: DerValue | undefined): string {
  const hash = inside(inside(parameters)[0], 0xa0)[0];
  return PSS_HASHES[inside(hash)[0]?.content.at(-1) ?? 0] ?? '';
}

/** What is wrong with the signature. */
export function signatureError(request: CertificateRequest): string | undefined {
  const unknown = 'x509: cannot verify signature: algorithm unimplemented';
  const { algorithm } = request;
  const insecure = INSECURE[algorithm];
  if (insecure) return `x509: cannot verify signature: insecure algorithm ${insecure}`;
  const [id = '', pss] = algorithm.split(' ');
  const hash = pss ?? HASHES[id];
  if (!hash && id !== ED25519) return unknown;
  const key = publicKey(request.publicKey);
  return key ? verifySignature(request, key, hash ?? null, pss !== undefined) : unknown;
}

function publicKey(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    return;
  }
}

function verifySignature(
  { signed, signature }: CertificateRequest,
  key: KeyObject,
  hash: string | null,
  pss: boolean,
): string | undefined {
  const padding = pss ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
  if (verify(hash, signed, { key, ...padding }, signature)) return;
  const failures: Readonly<Record<string, string>> = {
    ec: 'x509: ECDSA verification failure',
    ed25519: 'x509: Ed25519 verification failure',
  };
  return failures[key.asymmetricKeyType ?? ''] ?? 'crypto/rsa: verification error';
}
