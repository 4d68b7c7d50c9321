/** Collects what the config-like volumes of a pod are to contain, from their sources. */
import type {
  ConfigMapVolumeSource,
  ProjectedVolumeSource,
  Volume,
  VolumeProjection,
} from '../../generated/core-v1.ts';
import type { DownwardFacts } from '../config/field-ref.ts';
import type { ConfigSources } from '../config/sources.ts';
import { type NodePod, namespaceOf } from '../pods/pod.ts';
import {
  configMapPayload,
  DEFAULT_MODE,
  downwardPayload,
  type FileContent,
  type Payload,
  secretPayload,
} from './payload.ts';
import type { TokenSource } from './tokens.ts';

export interface RenderInput {
  readonly pod: NodePod;
  readonly sources: ConfigSources;
  readonly tokens: TokenSource;
  readonly facts: DownwardFacts;
}

export interface Rendered {
  /** Upstream's name of the volume's kind, as it stands in paths. */
  readonly plugin: string;
  readonly payload: Payload;
  /** When a token in it is due for renewal, ms since the epoch. */
  readonly refreshAtMs?: number;
}

/** Undefined for volumes that are not made of files of ours. */
export async function renderVolume(input: RenderInput, volume: Volume): Promise<Rendered | undefined> {
  const { pod, facts } = input;
  if (volume.configMap) {
    const { defaultMode = DEFAULT_MODE } = volume.configMap;
    return { plugin: 'configmap', payload: await configMapFiles(input, volume.configMap, defaultMode) };
  }
  if (volume.secret) {
    const { secretName = '', defaultMode = DEFAULT_MODE, ...rest } = volume.secret;
    const payload = await secretFiles(input, { name: secretName, ...rest }, defaultMode);
    return { plugin: 'secret', payload };
  }
  if (volume.downwardAPI) {
    const { items = [], defaultMode = DEFAULT_MODE } = volume.downwardAPI;
    return { plugin: 'downward-api', payload: downwardPayload(pod, items, defaultMode, facts) };
  }
  return volume.projected ? renderProjected(input, volume.projected) : undefined;
}

async function renderProjected(input: RenderInput, projected: ProjectedVolumeSource): Promise<Rendered> {
  const { pod, facts, tokens } = input;
  const mode = projected.defaultMode ?? DEFAULT_MODE;
  const payload = new Map<string, FileContent>();
  let refreshAtMs: number | undefined;
  const add = (files: Payload) => {
    for (const [path, content] of files) payload.set(path, content);
  };
  const addSource = async (source: VolumeProjection) => {
    if (source.configMap) add(await configMapFiles(input, source.configMap, mode));
    else if (source.secret) add(await secretFiles(input, source.secret, mode));
    else if (source.downwardAPI) add(downwardPayload(pod, source.downwardAPI.items ?? [], mode, facts));
    else if (source.serviceAccountToken) {
      const bound = await tokens.token(pod, source.serviceAccountToken);
      refreshAtMs = Math.min(refreshAtMs ?? bound.refreshAtMs, bound.refreshAtMs);
      payload.set(source.serviceAccountToken.path, { data: Buffer.from(bound.token), mode });
    } else throw new Error(`unsupported projection: ${Object.keys(source).join(', ')}`);
  };
  const problems = new Set<string>();
  for (const source of projected.sources ?? []) {
    try {
      await addSource(source);
    } catch (error) {
      problems.add(error instanceof Error ? error.message : String(error));
    }
  }
  // All that is missing is said at once, several in brackets, as upstream.
  const [first] = problems;
  if (first !== undefined) throw new Error(problems.size === 1 ? first : `[${[...problems].join(', ')}]`);
  return { plugin: 'projected', payload, ...(refreshAtMs === undefined ? {} : { refreshAtMs }) };
}

type KeyedSource = Pick<ConfigMapVolumeSource, 'name' | 'items' | 'optional'>;

async function configMapFiles(
  input: RenderInput,
  source: KeyedSource,
  defaultMode: number,
): Promise<Payload> {
  const { name = '', items, optional } = source;
  const map = await input.sources.configMap(namespaceOf(input.pod), name);
  if (!map && !optional) throw new Error(`configmap "${name}" not found`);
  return configMapPayload(map, { items, optional, defaultMode });
}

async function secretFiles(input: RenderInput, source: KeyedSource, defaultMode: number): Promise<Payload> {
  const { name = '', items, optional } = source;
  const secret = await input.sources.secret(namespaceOf(input.pod), name);
  if (!secret && !optional) throw new Error(`secret "${name}" not found`);
  return secretPayload(secret, { items, optional, defaultMode });
}

/** Names of the objects a pod's volumes and environment are made from: secrets and config maps. */
export function referencedObjects(pod: NodePod): { configMaps: Set<string>; secrets: Set<string> } {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.configMap?.name) configMaps.add(volume.configMap.name);
    if (volume.secret?.secretName) secrets.add(volume.secret.secretName);
    for (const source of volume.projected?.sources ?? []) {
      if (source.configMap?.name) configMaps.add(source.configMap.name);
      if (source.secret?.name) secrets.add(source.secret.name);
    }
  }
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
    for (const from of container.envFrom ?? []) {
      if (from.configMapRef?.name) configMaps.add(from.configMapRef.name);
      if (from.secretRef?.name) secrets.add(from.secretRef.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      if (valueFrom?.configMapKeyRef?.name) configMaps.add(valueFrom.configMapKeyRef.name);
      if (valueFrom?.secretKeyRef?.name) secrets.add(valueFrom.secretKeyRef.name);
    }
  }
  return { configMaps, secrets };
}
