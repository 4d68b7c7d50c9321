/**
 * Fields that a write cannot change, because the server sets them back: the status by the main
 * resource, the spec by /status, and so on. Nobody comes to own them by such a write (upstream:
 * GetResetFields of each kind's strategy).
 */
import { FieldSet } from './typed/field-set.ts';
import { fieldElement } from './typed/path-element.ts';

/** By `<group>/<kind>`, then by subresource ('' for the main resource); absent: DEFAULTS. Paths are dotted. */
const BY_KIND: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '/Pod': { status: ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'] },
  'apps/Deployment': { status: ['spec', 'metadata.labels'] },
  'certificates.k8s.io/CertificateSigningRequest': {
    '': ['spec', 'status'],
    status: ['spec', 'status.conditions'],
    approval: ['spec', 'status.certificate'],
  },
  'storage.k8s.io/VolumeAttachment': { status: ['spec', 'metadata'] },
  'apiextensions.k8s.io/CustomResourceDefinition': { status: ['spec', 'metadata'] },
  'apiregistration.k8s.io/APIService': { status: ['spec', 'metadata'] },
  'flowcontrol.apiserver.k8s.io/FlowSchema': { status: ['spec', 'metadata'] },
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': { status: ['spec', 'metadata'] },
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': { status: ['spec', 'metadata'] },
  'resource.k8s.io/ResourceClaim': { status: ['spec', 'metadata'] },
};

/** Of kinds with a status subresource. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  '': ['status'],
  status: ['spec'],
  finalize: ['status'],
};

export function resetFields(
  kind: { readonly group: string; readonly kind: string; readonly custom?: unknown },
  subresource: string,
  hasStatus: boolean,
): FieldSet {
  const custom = kind.custom && subresource === 'status' ? ['spec', 'metadata'] : undefined;
  const paths =
    custom ??
    BY_KIND[`${kind.group}/${kind.kind}`]?.[subresource] ??
    (hasStatus ? DEFAULTS[subresource] : undefined) ??
    [];
  return FieldSet.of(...paths.map(path => path.split('.').map(fieldElement)));
}

/** The identity of an object and what the server keeps there: nobody owns it, whoever names it. */
export const NEVER_OWNED: FieldSet = FieldSet.of(
  ...[
    'apiVersion',
    'kind',
    'metadata',
    'metadata.name',
    'metadata.namespace',
    'metadata.creationTimestamp',
    'metadata.selfLink',
    'metadata.uid',
    'metadata.clusterName',
    'metadata.generation',
    'metadata.managedFields',
    'metadata.resourceVersion',
  ].map(path => path.split('.').map(fieldElement)),
);
