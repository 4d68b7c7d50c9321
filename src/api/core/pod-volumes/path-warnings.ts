/** Files of one volume that get in each other's way: the same path twice, or one within another. */
import type { Volume, VolumeProjection } from '../../../generated/core-v1.ts';

interface Filed {
  readonly path: string;
}

const q = (text: string | undefined) => JSON.stringify(text ?? '');

export function pathWarnings(volumes: readonly Volume[]): string[] {
  return volumes.flatMap(({ name, configMap, secret, downwardAPI, projected }) => [
    ...overlaps(pathsOf(configMap?.items), () => `volume ${q(name)} (ConfigMap ${q(configMap?.name)})`),
    ...overlaps(pathsOf(secret?.items), () => `volume ${q(name)} (Secret ${q(secret?.secretName)})`),
    ...overlaps(pathsOf(downwardAPI?.items), () => `volume ${q(name)} (DownwardAPI)`),
    ...(projected ? projectedWarnings(name, projected.sources ?? []) : []),
  ]);
}

/** Upstream looks at each source, and then at it among those before. */
function projectedWarnings(name: string, sources: readonly VolumeProjection[]): string[] {
  const all = new Set<string>();
  let [paths, what]: Described = [[], () => ''];
  return sources.flatMap(source => {
    if (Object.keys(source).length === 0) return [`volume ${q(name)} (Projected) has no sources provided`];
    // A source of another kind is judged by the one before: so does upstream.
    [paths, what] = describe(name, source) ?? [paths, what];
    if (paths.length === 0) return [];
    const own = new Set(paths);
    const together = [...own, ...all].sort();
    for (const path of own) all.add(path);
    return [...overlaps(paths, what), ...overlaps(together, what)];
  });
}

/** Paths, and what to say of where they are. */
type Described = readonly [paths: readonly string[], what: () => string];

function describe(volume: string, source: VolumeProjection): Described | undefined {
  const { configMap, secret, downwardAPI, serviceAccountToken: token, clusterTrustBundle: bundle } = source;
  const of = (kind: string, name?: string) => () =>
    `volume ${q(volume)} (Projected ${name === undefined ? kind : `${kind} ${q(name)}`})`;
  if (configMap?.items) return [pathsOf(configMap.items), of('ConfigMap', configMap.name ?? '')];
  if (secret?.items) return [pathsOf(secret.items), of('Secret', secret.name ?? '')];
  if (downwardAPI?.items) return [pathsOf(downwardAPI.items), of('DownwardAPI')];
  if (token) return [[token.path], of('ServiceAccountToken')];
  if (bundle) return [[bundle.path], of('ClusterTrustBundle', bundle.name ?? bundle.signerName ?? '')];
  return undefined;
}

const pathsOf = (items: readonly Filed[] | undefined): string[] => (items ?? []).map(item => item.path);

function overlaps(paths: readonly string[], what: () => string): string[] {
  if (paths.length < 2) return [];
  const seen = new Set<string>();
  return paths.flatMap(text => {
    const path = text.replace(/\/+$/, '');
    const other = path === '' || seen.has('') ? undefined : [...seen].find(item => collide(item, path));
    seen.add(path);
    return other === undefined ? [] : [`${what()}: overlapping paths: ${q(path)} with ${q(other)}`];
  });
}

/** As upstream compares: a prefix of the other's text with a slash behind it. */
const collide = (a: string, b: string) => a === b || `${a}/`.startsWith(b) || `${b}/`.startsWith(a);
