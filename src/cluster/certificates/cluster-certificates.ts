/**
 * The cluster's keys and certificates in its data directory: made when missing, issued anew when
 * they are about to expire or when the names the server answers to have changed. What is valid is
 * not touched, so kubeconfigs that were given away stay good.
 *
 * Private keys are readable by their owner only. An authority that has expired is not replaced
 * silently: every client trusts it by its bytes.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyPair } from './authority.ts';

const DAY_MS = 24 * 3600_000;
const AUTHORITY_LIFE_MS = 3650 * DAY_MS;
const CERTIFICATE_LIFE_MS = 365 * DAY_MS;
/** A certificate with less time left is issued anew at the next start. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

export interface ClusterCertificates {
  /** PEM; what clients trust, and what client certificates are checked against. */
  readonly authority: string;
  readonly serving: KeyPair;
  /** A member of system:masters. */
  readonly admin: KeyPair;
  /** Signs service account tokens, PKCS #8 PEM. */
  readonly serviceAccountKey: string;
  /** Of this machine's node; absent where there is none. */
  readonly kubelet?: KubeletCertificates;
}

export interface KubeletCertificates {
  /** What the API server shows kubelets. */
  readonly client: KeyPair;
  /** What the kubelet shows those who ask it. */
  readonly serving: KeyPair;
}

export interface CertificateOptions {
  readonly dir: string;
  /** Names and addresses clients reach the API server by. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly node?: { readonly name: string; readonly ipAddresses: readonly string[] };
  readonly nowMs: number;
}

/** Reads what is there and still good, and makes the rest. The authority is never made anew. */
export async function ensureClusterCertificates(options: CertificateOptions): Promise<ClusterCertificates> {
  const { dir, nowMs } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const authority =
    (await readPair(dir, 'ca')) ??
    (await writePair(dir, 'ca', (await issuing()).createAuthority('kubernetes', nowMs, AUTHORITY_LIFE_MS)));

  const ensure = async (name: string, request: IssueRequest): Promise<KeyPair> => {
    const found = await readPair(dir, name);
    if (found && isGood(found, authority, request, nowMs)) return found;
    const { issue } = await issuing();
    return writePair(dir, name, issue(authority, { ...request, nowMs, validForMs: CERTIFICATE_LIFE_MS }));
  };

  const serving = await ensure('apiserver', {
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: options.dnsNames,
    ipAddresses: options.ipAddresses,
  });
  const admin = await ensure('admin', {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usage: 'client',
  });
  return {
    authority: authority.certificate,
    serving,
    admin,
    serviceAccountKey: await ensureServiceAccountKey(dir),
    ...(options.node && { kubelet: await ensureKubelet(options.node, ensure) }),
  };
}

async function ensureKubelet(
  { name, ipAddresses }: NonNullable<CertificateOptions['node']>,
  ensure: (file: string, request: IssueRequest) => Promise<KeyPair>,
): Promise<KubeletCertificates> {
  return {
    client: await ensure('apiserver-kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usage: 'client',
    }),
    serving: await ensure('kubelet', {
      commonName: `system:node:${name}`,
      organizations: ['system:nodes'],
      usage: 'server',
      dnsNames: [name],
      ipAddresses,
    }),
  };
}

interface IssueRequest {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly usage: 'server' | 'client';
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

const issuing = () => import('./authority.ts');

function isGood(pair: KeyPair, authority: KeyPair, request: IssueRequest, nowMs: number): boolean {
  const certificate = new X509Certificate(pair.certificate);
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return (
    certificate.checkIssued(new X509Certificate(authority.certificate)) &&
    Date.parse(certificate.validTo) - nowMs > RENEW_BEFORE_MS &&
    (request.dnsNames ?? []).every(name => names.includes(`DNS:${name}`)) &&
    (request.ipAddresses ?? []).every(ip => certificate.checkIP(ip) !== undefined)
  );
}

/** Signs service account tokens. Never renewed: tokens that pods hold would become invalid. */
async function ensureServiceAccountKey(dir: string): Promise<string> {
  const found = await readIfExists(join(dir, 'sa.key'));
  if (found !== undefined) return found;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeSecret(join(dir, 'sa.key'), key);
  return key;
}

async function readPair(dir: string, name: string): Promise<KeyPair | undefined> {
  const [certificate, key] = await Promise.all([
    readIfExists(join(dir, `${name}.crt`)),
    readIfExists(join(dir, `${name}.key`)),
  ]);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** The key first: a crash in between leaves a pair that is incomplete, not one that does not fit. */
async function writePair(dir: string, name: string, made: Promise<KeyPair>): Promise<KeyPair> {
  const pair = await made;
  await writeSecret(join(dir, `${name}.key`), pair.key);
  await writeSecret(join(dir, `${name}.crt`), pair.certificate);
  return pair;
}

async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
