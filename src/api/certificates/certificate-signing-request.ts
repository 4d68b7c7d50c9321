import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../generated/certificates-v1.ts';
import { carryOver } from '../carry-over.ts';
import { age, column, humanDuration, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import {
  at,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { dnsLabel, dnsSubdomain } from '../meta/names.ts';
import { keepDecisions, stampConditions, validateConditions } from './conditions.ts';
import { pemBlocks } from './pem.ts';
import { parseRequest, signatureError } from './request.ts';

/** Approved, Denied or Pending, then what else happened. */
function condition({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some(c => c.type === type) ?? false;
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return decision + (has('Failed') ? ',Failed' : '') + (status?.certificate ? ',Issued' : '');
}

const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const MIN_SECONDS = 600;
const DOMAIN_MAX = 253;
/** A domain, a slash and a path of a subdomain, a label and a dot. */
const SIGNER_MAX = 571;
const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
function validate({ spec }: CertificateSigningRequest): FieldError[] {
  const { request, usages = [], signerName, expirationSeconds: seconds } = spec;
  const errors: FieldError[] = [];
  const parsed = parseRequest(request ?? '');
  const wrong = 'error' in parsed ? parsed.error : signatureError(parsed);
  if (wrong) errors.push(invalidValue('spec.request', request ?? null, wrong));
  if (usages.length === 0) errors.push(required('spec.usages'));
  for (const [i, usage] of usages.entries())
    if (!USAGES.includes(usage)) errors.push(notSupported(at('spec.usages', i), usage, USAGES));
  for (const [i, usage] of usages.entries())
    if (usages.indexOf(usage) < i) errors.push(duplicate(at('spec.usages', i), usage));
  if (signerName === LEGACY_SIGNER) {
    const why = 'the legacy signerName is not allowed via this API version';
    errors.push(invalidValue('spec.signerName', signerName, why));
  } else errors.push(...validateSignerName(signerName));
  if (seconds !== undefined && seconds < MIN_SECONDS) {
    const why = `may not specify a duration less than ${MIN_SECONDS} seconds (10 minutes)`;
    errors.push(invalidValue('spec.expirationSeconds', seconds, why));
  }
  return errors;
}

function validateSignerName(signer: string): FieldError[] {
  const path = 'spec.signerName';
  if (!signer) return [required(path)];
  const segments = signer.split('/');
  const [domain = '', name = ''] = segments;
  if (segments.length !== 2) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalidValue(path, signer, why)];
  }
  const errors = domain.length > DOMAIN_MAX ? [tooLong(path, DOMAIN_MAX)] : [];
  const labels = domain.split('.');
  const wrong = (whole: string, label: string, m: string) =>
    invalidValue(path, whole, `validating label ${JSON.stringify(label)}: ${m}`);
  errors.push(...labels.flatMap(label => dnsLabel(label).map(m => wrong(domain, label, m))));
  if (labels.length < 2) {
    errors.push(
      invalidValue(path, domain, 'should be a domain with at least two segments separated by dots'),
    );
  }
  errors.push(...name.split('.').flatMap(label => dnsSubdomain(label).map(m => wrong(name, label, m))));
  return signer.length > SIGNER_MAX ? [...errors, tooLong(path, SIGNER_MAX)] : errors;
}

function prepareStatus(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
  { clock }: StrategyContext,
): void {
  carryOver(next, old, 'spec');
  keepDecisions(next, old);
  stampConditions(next, old, clock.now());
}

function certificateError(base64: string | undefined): string | undefined {
  if (!base64) return;
  const blocks = pemBlocks(Buffer.from(base64, 'base64').toString());
  for (const { type, headers, der } of blocks) {
    if (type !== 'CERTIFICATE')
      return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (headers) return 'no PEM block headers are permitted';
    if (der.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
    if (!isCertificate(der)) return 'x509: malformed certificate';
  }
  return blocks.length > 0 ? undefined : 'must contain at least one CERTIFICATE PEM block';
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.length > 0;
  } catch {
    return false;
  }
}

/** A certificate is set once, with the status; never with an approval. */
function validateStatus(next: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  const path = 'status.certificate';
  const [certificate, before] = [next.status?.certificate, old.status?.certificate];
  const errors: FieldError[] = [];
  const wrong = certificateError(certificate);
  // What was wrong before may stay so.
  if (wrong && !certificateError(before)) errors.push(invalidValue(path, '<certificate data>', wrong));
  errors.push(...validateConditions(next, old, false));
  if (before && certificate !== before)
    errors.push(forbiddenField(path, 'updates may not modify existing certificate content'));
  return errors;
}

export const certificateSigningRequest = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  namespaced: false,
  nameRule: 'path-segment',
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  // Who asks is for the server to say, from the request's credentials.
  prepareForCreate: o => {
    o.status = {};
  },
  prepareForUpdate: (next, old) => carryOver(next, old, 'spec', 'status'),
  validate,
  validateUpdate: (next, old, { subresource }) => validateConditions(next, old, subresource === 'approval'),
  selectableFields: { 'spec.signerName': o => o.spec.signerName },
  subresources: { status: { prepareForUpdate: prepareStatus, validateUpdate: validateStatus } },
  columns: [
    name,
    age,
    column('SignerName', o => o.spec.signerName || '<none>'),
    column('Requestor', o => o.spec.username ?? ''),
    column('RequestedDuration', o =>
      o.spec.expirationSeconds === undefined ? '<none>' : humanDuration(o.spec.expirationSeconds * 1000),
    ),
    column('Condition', o => condition(o)),
  ],
});
