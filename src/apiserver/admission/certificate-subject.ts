/** Nobody becomes a cluster administrator by a certificate that the cluster signs (CertificateSubjectRestriction). */
import { parseRequest } from '../../api/certificates/request.ts';
import { forbidden } from '../../api/status-error.ts';
import type { CertificateSigningRequest } from '../../generated/certificates-v1.ts';
import type { AdmissionPlugin } from './chain.ts';

const SIGNER = 'kubernetes.io/kube-apiserver-client';
const GROUP = 'system:masters';

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate({ operation, resource, subresource, object, name }) {
    const { group, resource: plural } = resource.named;
    if (operation !== 'CREATE' || subresource !== '' || plural !== 'certificatesigningrequests') return;
    const { spec } = object as CertificateSigningRequest;
    if (spec.signerName !== SIGNER) return;
    const parsed = parseRequest(spec.request ?? '');
    if ('error' in parsed)
      throw forbidden({ group, resource: plural }, name, `unable to parse CSR: ${parsed.error}`);
    if (!parsed.organizations.includes(GROUP)) return;
    throw forbidden(
      { group, resource: plural },
      name,
      `use of ${SIGNER} signer with ${GROUP} group is not allowed`,
    );
  },
};
