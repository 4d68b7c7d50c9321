/**
 * The objects a pod's environment and volumes are made from. Reads come from the informers; what
 * they lack is asked from the server once, since a pod may arrive before the object it was
 * created after.
 */
import type { ResourceClient } from '../../client/contract.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import type { Informer } from '../../client/informer.ts';
import type { ConfigMap, Secret, Service } from '../../generated/core-v1.ts';

export interface ConfigSources {
  /** Undefined when there is none. */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  /** All services of the namespace, as far as known. */
  services(namespace: string): readonly Service[];
}

export interface ConfigSourceOptions {
  readonly configMaps: Informer<ConfigMap>;
  readonly secrets: Informer<Secret>;
  readonly services: Informer<Service>;
  readonly configMapClient: ResourceClient<ConfigMap>;
  readonly secretClient: ResourceClient<Secret>;
}

export function createConfigSources(options: ConfigSourceOptions): ConfigSources {
  const { configMaps, secrets, services, configMapClient, secretClient } = options;
  return {
    async configMap(namespace, name) {
      return (
        configMaps.lister.get({ namespace, name }) ??
        (await ignoreNotFound(configMapClient.get({ namespace, name })))
      );
    },
    async secret(namespace, name) {
      return (
        secrets.lister.get({ namespace, name }) ??
        (await ignoreNotFound(secretClient.get({ namespace, name })))
      );
    },
    services: namespace => services.lister.list({ namespace }),
  };
}
