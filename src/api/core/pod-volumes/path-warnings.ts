/** Files of one volume that get in each other's way: the same path twice, or one within another. */
import type { Volume, VolumeProjection } from '../../../generated/core-v1.ts';

interface Filed {
  readonly path: string;
  /** What of a projected volume has it; undefined where the volume has but one source. */
  readonly source?: string;
}

const q = (text: string | undefined) => JSON.stringify(text ?? '');

export function pathWarnings(volumes: readonly Volume[]): string[] {
  return volumes.flatMap(({ name, configMap, secret, downwardAPI, projected }) => [
    ...overlaps(configMap?.items, () => `volume ${q(name)} (ConfigMap ${q(configMap?.name)})`),
    ...overlaps(secret?.items, () => `volume ${q(name)} (Secret ${q(secret?.secretName)})`),
    ...overlaps(downwardAPI?.items, () => `volume ${q(name)} (DownwardAPI)`),
    ...(projected ? projectedWarnings(name, projected.sources ?? []) : []),
  ]);
}

/** A source that says nothing is told where it stands: upstream looks at one source after the other. */
function projectedWarnings(name: string, sources: readonly VolumeProjection[]): string[] {
  const before: Filed[] = [];
  return sources.flatMap(source => {
    if (Object.keys(source).length === 0) return [`volume ${q(name)} (Projected) has no sources provided`];
    return overlaps(filesOf(source), () => `volume ${q(name)} (Projected)`, before);
  });
}

/** The first kind of source that has paths counts. */
function filesOf(projection: VolumeProjection): Filed[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } =
    projection;
  const of = (source: string, items: readonly Filed[]) => items.map(({ path }) => ({ path, source }));
  if (configMap?.items) return of(`ConfigMap ${q(configMap.name)}`, configMap.items);
  if (secret?.items) return of(`Secret ${q(secret.name)}`, secret.items);
  if (downwardAPI?.items) return of('DownwardAPI', downwardAPI.items);
  if (serviceAccountToken) return of('ServiceAccountToken', [serviceAccountToken]);
  if (clusterTrustBundle) {
    const name = clusterTrustBundle.name ?? clusterTrustBundle.signerName;
    return of(`ClusterTrustBundle ${q(name)}`, [clusterTrustBundle]);
  }
  const { certificateChainPath = '', keyPath = '', credentialBundlePath = '' } = podCertificate ?? {};
  return [
    { path: certificateChainPath, source: 'PodCertificate chain' },
    { path: keyPath, source: 'PodCertificate key' },
    { path: credentialBundlePath, source: 'PodCertificate credential bundle' },
  ];
}

/** Each file with each that came before; `before` is added to. */
function overlaps(files: readonly Filed[] = [], what: () => string, before: Filed[] = []): string[] {
  return files.flatMap(file => {
    const path = file.path.replace(/\/+$/, '');
    if (path === '') return [];
    const one = { ...file, path };
    const others = before.filter(other => contains(other.path, path) || contains(path, other.path));
    before.push(one);
    return others.map(other => `${what()}: overlapping paths: ${shown(one)} with ${shown(other)}`);
  });
}

const contains = (outer: string, inner: string) => `${inner}/`.startsWith(`${outer}/`);
const shown = ({ path, source }: Filed) => (source === undefined ? q(path) : `${q(path)} (${source})`);
