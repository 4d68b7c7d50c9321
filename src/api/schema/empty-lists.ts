/**
 * Which lists a client wrote as empty. Objects are stored, and shown, with null in their place
 * (decode.ts); but who wrote them owns them, and so managedFields must know (apply/).
 */
export type ListPath = readonly (string | number)[];

const written = new WeakMap<object, readonly ListPath[]>();
/** Of lists and maps that are left out when empty: nobody owns those, but some rules tell [] from nothing. */
const leftOut = new WeakMap<object, readonly ListPath[]>();

/** `path` as in the manifest, joined by dots: spec.rules. Was it written as an empty list or map? */
export function wroteEmptyList(object: object, path: string): boolean {
  return [...(leftOut.get(object) ?? []), ...(written.get(object) ?? [])].some(p => p.join('.') === path);
}

/** The same of a path as in field errors: spec.rules[0].values. */
export const wroteEmptyListAt = (object: object, path: string): boolean =>
  wroteEmptyList(object, path.replaceAll(/\[(\d+)\]/g, '.$1'));

export function rememberLeftOutLists(object: object, paths: readonly ListPath[]): void {
  if (paths.length > 0) leftOut.set(object, paths);
}

export function rememberEmptyLists(object: object, paths: readonly ListPath[]): void {
  if (paths.length > 0) written.set(object, paths);
}

/** What is known of an object is true of its copy. */
export function copyEmptyLists<T extends object>(from: object, to: T): T {
  rememberEmptyLists(to, written.get(from) ?? []);
  rememberLeftOutLists(to, leftOut.get(from) ?? []);
  return to;
}

/** The object as it was written; the argument is not changed, and shares its other parts. */
export function withEmptyLists<T extends object>(object: T): T {
  return (written.get(object) ?? []).reduce<unknown>(
    (whole, path) => withEmptyList(whole, path),
    object,
  ) as T;
}

function withEmptyList(value: unknown, path: ListPath, from = 0): unknown {
  const key = path[from];
  if (key === undefined) return value ?? [];
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item: unknown, i) => (i === key ? withEmptyList(item, path, from + 1) : item));
  const inner = withEmptyList((value as Record<string, unknown>)[key], path, from + 1);
  return inner === undefined ? value : { ...value, [key]: inner };
}
