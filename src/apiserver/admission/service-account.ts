/**
 * ServiceAccount: every pod runs as an account, and finds a token of it, the cluster's CA and its
 * namespace in /var/run/secrets/kubernetes.io/serviceaccount, where clients look (Kubernetes
 * documentation, "Managing Service Accounts": admission controller).
 */
import { forbidden } from '../../api/status-error.ts';
import { nameSuffix } from '../../base/random.ts';
import type { Container, Pod, ServiceAccount, Volume } from '../../generated/core-v1.ts';
import { keyFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import { type AdmissionPlugin, type AdmissionRequest, shownName } from './chain.ts';

const PODS = { group: '', resource: 'pods' };
const ACCOUNTS = { group: '', resource: 'serviceaccounts' };
const MIRROR = 'kubernetes.io/config.mirror';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** Upstream's value: a year to applications that do not read the token again, an hour to the API. */
const TOKEN_SECONDS = 3607;
const FILE_MODE = 0o644;
const ROOT_CA = 'kube-root-ca.crt';

export function serviceAccountAdmission(core: () => ServerCore): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    admit(request) {
      const { operation, resource, subresource, object } = request;
      if (operation !== 'CREATE' || subresource !== '' || resource.definition.kind !== 'Pod') return;
      if (resource.definition.group === '') admitPod(core(), request, object as Pod);
    },
  };
}

function admitPod(core: ServerCore, request: AdmissionRequest, pod: Pod): void {
  const { namespace } = request;
  const name = shownName(request);
  const spec = (pod.spec ??= { containers: [] });
  if (pod.metadata.annotations?.[MIRROR] !== undefined) {
    checkMirror(pod, name);
    return;
  }
  // serviceAccount is the old name of serviceAccountName; defaulting keeps both equal.
  spec.serviceAccountName ||= 'default';
  spec.serviceAccount = spec.serviceAccountName;
  const account = core.cache.get<ServiceAccount>(
    keyFor(ACCOUNTS, namespace, spec.serviceAccountName),
  )?.object;
  if (!account)
    throw forbidden(
      PODS,
      name,
      `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount ${JSON.stringify(spec.serviceAccountName)} not found`,
    );
  const automount = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  if (automount) mountToken(core, pod);
  if (!spec.imagePullSecrets?.length && account.imagePullSecrets)
    spec.imagePullSecrets = account.imagePullSecrets.map(s => ({ ...s }));
}

function checkMirror({ spec }: Pod, name: string): void {
  if (spec.serviceAccountName) throw forbidden(PODS, name, 'a mirror pod may not reference service accounts');
  for (const volume of spec.volumes ?? [])
    if (volume.secret || volume.projected?.sources?.some(s => s.secret || s.serviceAccountToken))
      throw forbidden(PODS, name, 'a mirror pod may not reference secrets');
}

function mountToken(core: ServerCore, pod: Pod): void {
  const { spec } = pod;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(wantsMount);
  if (containers.length === 0) return;
  // A volume of that name that the client brought (a copied pod) is taken as it is.
  const brought = spec.volumes?.find(v => v.name.startsWith(VOLUME_PREFIX));
  const volume = brought?.name ?? VOLUME_PREFIX + nameSuffix(core.random);
  for (const container of containers)
    container.volumeMounts = [
      ...(container.volumeMounts ?? []),
      { name: volume, readOnly: true, mountPath: MOUNT_PATH },
    ];
  if (!brought) spec.volumes = [...(spec.volumes ?? []), accessVolume(volume)];
}

const wantsMount = (container: Container) =>
  !(container.volumeMounts ?? []).some(mount => mount.mountPath === MOUNT_PATH);

function accessVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: FILE_MODE,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: ROOT_CA, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
