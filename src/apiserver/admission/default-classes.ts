/**
 * DefaultStorageClass and DefaultIngressClass: a claim or an Ingress that names no class gets the one
 * that is marked as default; of several the newest, and of those made at once the first by name.
 */
import { CLASS_ANNOTATION } from '../../api/core/volume/columns.ts';
import type { KubeObject } from '../../api/object.ts';
import type { PersistentVolumeClaim } from '../../generated/core-v1.ts';
import type { Ingress } from '../../generated/networking-v1.ts';
import { prefixFor, type StoredResource } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import type { AdmissionPlugin, AdmissionRequest } from './chain.ts';

const INGRESS_ANNOTATION = 'kubernetes.io/ingress.class';
const STORAGE_DEFAULT = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const INGRESS_DEFAULT = ['ingressclass.kubernetes.io/is-default-class'];

export function defaultStorageClass(core: () => ServerCore): AdmissionPlugin {
  const classes = { group: 'storage.k8s.io', resource: 'storageclasses' };
  return {
    name: 'DefaultStorageClass',
    admit(request) {
      if (!isNew(request, '', 'persistentvolumeclaims')) return;
      const { spec, metadata } = request.object as PersistentVolumeClaim;
      if (
        !spec ||
        spec.storageClassName !== undefined ||
        metadata.annotations?.[CLASS_ANNOTATION] !== undefined
      )
        return;
      const found = defaultOf(core(), classes, STORAGE_DEFAULT);
      if (found !== undefined) spec.storageClassName = found;
    },
  };
}

export function defaultIngressClass(core: () => ServerCore): AdmissionPlugin {
  const classes = { group: 'networking.k8s.io', resource: 'ingressclasses' };
  return {
    name: 'DefaultIngressClass',
    admit(request) {
      if (!isNew(request, 'networking.k8s.io', 'ingresses')) return;
      const ingress = request.object as Ingress;
      if (ingress.spec?.ingressClassName !== undefined) return;
      if (ingress.metadata.annotations?.[INGRESS_ANNOTATION] !== undefined) return;
      const found = defaultOf(core(), classes, INGRESS_DEFAULT);
      if (found !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: found };
    },
  };
}

const isNew = ({ operation, subresource, resource }: AdmissionRequest, group: string, plural: string) =>
  operation === 'CREATE' &&
  subresource === '' &&
  resource.named.group === group &&
  resource.named.resource === plural;

function defaultOf(core: ServerCore, classes: StoredResource, marks: readonly string[]): string | undefined {
  const marked = ({ metadata }: KubeObject) => marks.some(mark => metadata.annotations?.[mark] === 'true');
  const made = ({ metadata }: KubeObject) => metadata.creationTimestamp ?? '';
  // In the order of their names.
  const found = core.cache.list(prefixFor(classes)).filter(({ object }) => marked(object));
  return found
    .map(({ object }) => object)
    .reduce<KubeObject | undefined>(
      (best, next) => (best && made(best) >= made(next) ? best : next),
      undefined,
    )?.metadata.name;
}
