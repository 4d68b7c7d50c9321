/** A certificate request says who made it: the server fills that in, whatever the client sent. */
import type { CertificateSigningRequest } from '../../generated/certificates-v1.ts';
import type { AdmissionPlugin } from './chain.ts';

export const requesterIdentity: AdmissionPlugin = {
  name: 'RequesterIdentity',
  admit({ operation, resource, subresource, object, user }) {
    const { group, kind } = resource.definition;
    if (operation !== 'CREATE' || subresource !== '') return;
    if (group !== 'certificates.k8s.io' || kind !== 'CertificateSigningRequest') return;
    const { spec } = object as CertificateSigningRequest;
    spec.username = user.name;
    spec.groups = [...user.groups];
    if (user.uid === undefined) delete spec.uid;
    else spec.uid = user.uid;
    if (user.extra === undefined) delete spec.extra;
    else
      spec.extra = Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]]));
  },
};
