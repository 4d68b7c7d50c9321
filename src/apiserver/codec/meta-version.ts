/** Tables and metadata in the version of meta.k8s.io that the client asked for; they differ in name only. */

interface Typed {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly items?: readonly Typed[] | null;
  readonly rows?: readonly { readonly object?: Typed | null }[];
}

const V1 = 'meta.k8s.io/v1';

/** Anything else than a form of meta.k8s.io/v1, such as a Status, stays as it is. */
export function inMetaVersion(value: unknown, version: 'v1' | 'v1beta1'): unknown {
  const typed = value as Typed;
  return version === 'v1' || typed.apiVersion !== V1 ? value : renamed(typed);
}

function renamed(value: Typed): Typed {
  if (value.apiVersion !== V1) return value;
  const { items, rows } = value;
  return {
    ...value,
    apiVersion: 'meta.k8s.io/v1beta1',
    ...(items ? { items: items.map(renamed) } : {}),
    ...(rows ? { rows: rows.map(row => (row.object ? { ...row, object: renamed(row.object) } : row)) } : {}),
  };
}
