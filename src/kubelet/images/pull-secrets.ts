/** Registry credentials from secrets of type kubernetes.io/dockerconfigjson and dockercfg. */
import type { Secret } from '../../generated/core-v1.ts';
import type { ConfigSources } from '../config/sources.ts';
import type { RegistryAuth } from '../cri/contract.ts';
import { type NodePod, namespaceOf } from '../pods/pod.ts';
import { fullImageName } from './reference.ts';

export interface PullSecret {
  /** Registry host, with or without a path. */
  readonly registry: string;
  readonly auth: RegistryAuth;
}

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** Those of the pod's imagePullSecrets; one that does not exist is left out. */
export async function pullSecretsOf(
  pod: NodePod,
  sources: Pick<ConfigSources, 'secret'>,
): Promise<readonly PullSecret[]> {
  const names = (pod.spec.imagePullSecrets ?? []).map(ref => ref.name ?? '');
  const found = await Promise.all(names.map(name => sources.secret(namespaceOf(pod), name)));
  return found.flatMap(secret => (secret ? parsePullSecret(secret) : []));
}

/** Entries that cannot be read are left out: the registry will say what it lacks. */
export function parsePullSecret(secret: Secret): readonly PullSecret[] {
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  try {
    const auths: Record<string, DockerAuth> =
      secret.type === 'kubernetes.io/dockercfg'
        ? JSON.parse(text('.dockercfg'))
        : (JSON.parse(text('.dockerconfigjson')).auths ?? {});
    return Object.entries(auths).map(([url, auth]) => ({
      registry: url.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, ''),
      auth: toAuth(auth),
    }));
  } catch {
    return [];
  }
}

function toAuth({ username, password, auth, identitytoken, registrytoken }: DockerAuth): RegistryAuth {
  return {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(auth ? { auth } : {}),
    ...(identitytoken ? { identityToken: identitytoken } : {}),
    ...(registrytoken ? { registryToken: registrytoken } : {}),
  };
}

/** Those that fit the image, the most specific first. */
export function credentialsFor(image: string, secrets: readonly PullSecret[]): readonly RegistryAuth[] {
  const name = fullImageName(image);
  const fits = (registry: string) => {
    const normal = /^(index\.)?docker\.io/.test(registry) ? registry.replace(/^index\./, '') : registry;
    return name === normal || name.startsWith(`${normal}/`);
  };
  return secrets
    .filter(({ registry }) => fits(registry))
    .sort((a, b) => b.registry.length - a.registry.length)
    .map(({ auth }) => auth);
}
