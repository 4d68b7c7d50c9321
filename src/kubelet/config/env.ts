/**
 * The environment of a container: envFrom, then env in order (each sees those before it through
 * $(NAME)), and service variables where neither sets the name.
 */
import type { Container, EnvVar, Service } from '../../generated/core-v1.ts';
import { type NodePod, nameOf, namespaceOf } from '../pods/pod.ts';
import { configError } from './error.ts';
import { expand } from './expand.ts';
import { type DownwardFacts, fieldValue, resourceValue } from './field-ref.ts';
import { hasAddress, serviceEnv } from './service-env.ts';
import type { ConfigSources } from './sources.ts';

export interface EnvInput {
  readonly pod: NodePod;
  readonly container: Container;
  readonly sources: ConfigSources;
  readonly facts: DownwardFacts;
}

/** @throws StartFailure (CreateContainerConfigError) when an object or key that must be there is not. */
export async function containerEnv(input: EnvInput): Promise<ReadonlyMap<string, string>> {
  const { pod, container, sources } = input;
  const services = serviceEnv(visibleServices(pod, sources));
  const env = new Map<string, string>();
  for (const from of container.envFrom ?? []) {
    const data = from.configMapRef
      ? await configMapData(input, from.configMapRef.name ?? '', from.configMapRef.optional)
      : await secretData(input, from.secretRef?.name ?? '', from.secretRef?.optional);
    for (const key of Object.keys(data).sort()) {
      // A name may hold anything but '='; upstream skips what cannot be a name.
      if (!key.includes('=')) env.set(`${from.prefix ?? ''}${key}`, data[key] ?? '');
    }
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? await valueFrom(input, variable)
      : expand(variable.value ?? '', name => env.get(name) ?? services.get(name));
    if (value !== undefined) env.set(variable.name, value);
  }
  for (const [name, value] of services) if (!env.has(name)) env.set(name, value);
  return env;
}

/** The pod's namespace's own, and the API server, unless the namespace has another Service of its name. */
function visibleServices(pod: NodePod, sources: ConfigSources): readonly Service[] {
  const namespace = namespaceOf(pod);
  const api = sources.services('default').filter(isApiServer);
  if (pod.spec.enableServiceLinks === false) return api;
  const own = sources.services(namespace);
  return own.some(service => isApiServer(service) && hasAddress(service)) ? own : [...own, ...api];
}

const isApiServer = ({ metadata }: Service): boolean => metadata.name === 'kubernetes';

async function valueFrom(input: EnvInput, variable: EnvVar): Promise<string | undefined> {
  const { pod, container, facts } = input;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = variable.valueFrom ?? {};
  if (fieldRef) return fieldValue(pod, fieldRef.fieldPath, facts);
  if (resourceFieldRef) return resourceValue(pod, resourceFieldRef, container, facts.allocatable);
  const namespace = namespaceOf(pod);
  if (configMapKeyRef) {
    const { name = '', key, optional } = configMapKeyRef;
    const value = (await configMapData(input, name, optional))[key];
    if (value === undefined && !optional) {
      throw configError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    }
    return value;
  }
  if (secretKeyRef) {
    const { name = '', key, optional } = secretKeyRef;
    const value = (await secretData(input, name, optional))[key];
    if (value === undefined && !optional) {
      throw configError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    }
    return value;
  }
  throw configError(`no valid source for variable ${variable.name} of pod ${nameOf(pod)}`);
}

async function configMapData(
  { pod, sources }: EnvInput,
  name: string,
  optional: boolean | undefined,
): Promise<Readonly<Record<string, string>>> {
  const map = await sources.configMap(namespaceOf(pod), name);
  if (!map && !optional) throw configError(`configmap "${name}" not found`);
  return map?.data ?? {};
}

async function secretData(
  { pod, sources }: EnvInput,
  name: string,
  optional: boolean | undefined,
): Promise<Readonly<Record<string, string>>> {
  const secret = await sources.secret(namespaceOf(pod), name);
  if (!secret && !optional) throw configError(`secret "${name}" not found`);
  const decoded: Record<string, string> = {};
  for (const [key, value] of Object.entries(secret?.data ?? {})) {
    decoded[key] = Buffer.from(value, 'base64').toString();
  }
  return decoded;
}
