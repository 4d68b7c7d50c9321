/** The order of API versions, of which clients prefer the greatest. */

/** Kubernetes versions: v2 > v1 > v1beta1 > v1alpha1 > anything else (API concepts, "Version priority"). */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [versionRank(a), versionRank(b)];
  for (let i = 0; i < x.length; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? 1 : a > b ? -1 : 0;
}

function versionRank(version: string): readonly number[] {
  const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!found) return [0, 0, 0, 0];
  const stability = found[2] === undefined ? 3 : found[2] === 'beta' ? 2 : 1;
  return [1, stability, Number(found[1]), Number(found[3] ?? 0)];
}
