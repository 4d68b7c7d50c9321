/** Lists of resource.k8s.io: a list that is too long is told as that alone. */
import { at, duplicate, type FieldError, tooMany } from '../field-error.ts';

type Check<T> = (item: T, path: string) => FieldError[];

export function checkList<T>(
  list: readonly T[] | undefined,
  path: string,
  check: Check<T>,
  max = Number.POSITIVE_INFINITY,
): FieldError[] {
  const items = list ?? [];
  return items.length > max
    ? [tooMany(path, items.length, max)]
    : items.flatMap((item, i) => check(item, at(path, i)));
}

/** The same where no key comes twice; that is told after what is wrong with the items. */
export function checkSet<T>(
  list: readonly T[] | undefined,
  path: string,
  check: Check<T>,
  key: (item: T) => string,
  max = Number.POSITIVE_INFINITY,
): FieldError[] {
  const errors = checkList(list, path, check, max);
  const keys = list && list.length <= max ? list.map(key) : [];
  return [...errors, ...keys.flatMap((k, i) => (keys.indexOf(k) < i ? [duplicate(at(path, i), k)] : []))];
}
