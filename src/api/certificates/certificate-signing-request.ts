import type { CertificateSigningRequest } from '../../generated/certificates-v1.ts';
import { age, column, humanDuration, name } from '../columns.ts';
import { defineKind } from '../define.ts';

/** Approved, Denied or Pending, then what else happened. */
function condition({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some(c => c.type === type) ?? false;
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return decision + (has('Failed') ? ',Failed' : '') + (status?.certificate ? ',Issued' : '');
}

export const certificateSigningRequest = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  namespaced: false,
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  subresources: { status: {} },
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
