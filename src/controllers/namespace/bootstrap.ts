/**
 * What every namespace has from the start: the ServiceAccount `default`, which pods run under,
 * and the ConfigMap `kube-root-ca.crt`, by which they know the API server. Both come back when
 * they are deleted or changed. Two controllers, since upstream has two and either can be off.
 */
import type { GroupVersionResource, KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '../../client/resources.ts';
import type { ConfigMap, Namespace, ServiceAccount } from '../../generated/core-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';

const ROOT_CA = 'kube-root-ca.crt';
/** The annotation upstream puts on the ConfigMap; people read it with kubectl describe. */
const ROOT_CA_DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

export const serviceAccountController: ControllerDefinition = {
  name: 'serviceaccount',
  workers: 1,
  build: context =>
    keepInEveryNamespace<ServiceAccount>(context, SERVICE_ACCOUNTS, 'default', (namespace, existing) =>
      existing
        ? undefined
        : { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'default' } },
    ),
};

export const rootCaPublisher: ControllerDefinition = {
  name: 'root-ca-certificate-publisher',
  workers: 1,
  build: context => {
    const { rootCa } = context.options;
    return keepInEveryNamespace<ConfigMap>(context, CONFIG_MAPS, ROOT_CA, (namespace, existing) =>
      rootCa === undefined ? undefined : planRootCa(namespace, existing, rootCa),
    );
  },
};

/** The ConfigMap to write; undefined when the one that is there is right. */
function planRootCa(
  namespace: string,
  existing: ConfigMap | undefined,
  rootCa: string,
): ConfigMap | undefined {
  const data = { 'ca.crt': rootCa };
  const described = existing?.metadata.annotations?.['kubernetes.io/description'] !== undefined;
  if (existing && described && deepEqual(existing.data, data)) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...(existing?.metadata ?? { namespace, name: ROOT_CA }),
      annotations: {
        ...existing?.metadata.annotations,
        'kubernetes.io/description': ROOT_CA_DESCRIPTION,
      },
    },
    data,
  };
}

/** Keys are namespaces; `plan` gives the object to write, or undefined when all is well. */
function keepInEveryNamespace<T extends KubeObject>(
  context: ControllerContext,
  resource: GroupVersionResource,
  name: string,
  plan: (namespace: string, existing: T | undefined) => T | undefined,
): Controller {
  const namespaces = context.informer<Namespace>(NAMESPACES);
  const objects = context.informer<T>(resource, { fieldSelector: `metadata.name=${name}` });
  const client = context.client.resource<T>(resource);
  namespaces.addHandlers({ added: namespace => context.enqueue(namespace.metadata.name ?? '') });
  objects.addHandlers({
    updated: object => context.enqueue(object.metadata.namespace ?? ''),
    deleted: object => context.enqueue(object.metadata.namespace ?? ''),
  });

  const reconcile = async (key: string): Promise<void> => {
    const namespace = namespaces.lister.get({ name: key });
    if (!namespace || namespace.metadata.deletionTimestamp) return;
    const existing = objects.lister.get({ namespace: key, name });
    const next = plan(key, existing);
    if (!next) return;
    try {
      if (existing) await client.update(next);
      else await client.create(next);
    } catch (error) {
      // It is there already, or the namespace began to go meanwhile.
      if (!isStatusError(error, 'AlreadyExists') && !isStatusError(error, 'Forbidden')) throw error;
    }
  };
  return { reconcile };
}
