/** What strategic merge refuses of lists, in the words of upstream's library, which answers 500 without a reason. */
import { goFormat } from '../../api/go-format.ts';
import { StatusError } from '../../api/status-error.ts';
import { sameJson } from '../operations/clone.ts';
import { DIRECTIVE, isMarked, isObject, type JsonObject } from './directives.ts';

export const broken = (message: string) => new StatusError({ reason: '', code: 500, message });

export const badArgument = (value: unknown) =>
  broken(`expected a []interface {}, but received a ${value === null ? '%!s(<nil>)' : goType(value)}`);

export const noMergeKey = (item: JsonObject, mergeKey: string) =>
  broken(`map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`);

export function wrongDirective(map: JsonObject): StatusError {
  const directive = map[DIRECTIVE];
  const shown = typeof directive === 'string' ? directive : `%!s(${goType(directive)}=${String(directive)})`;
  return broken(`unknown patch type: ${shown} in map: ${goFormat(map)}`);
}

/** The one type of all elements of both lists. @throws StatusError 500 when they differ */
export function elementTypes(original: readonly unknown[], patch: readonly unknown[]): string {
  let found: string | undefined;
  for (const item of [...original, ...patch]) {
    const type = isObject(item) ? 'map' : goType(item);
    if (found === undefined && type.startsWith('[]'))
      throw new StatusError({ reason: '', code: 422, message: 'lists of lists are not supported' });
    if (found !== undefined && type !== found)
      throw broken(`list element types are not identical: [${goFormat(original)} ${goFormat(patch)}]`);
    found = type;
  }
  return found ?? '';
}

/** What the patch lists must be in the order it asks for. @throws StatusError 500 */
export function checkOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): void {
  if (order.length === 0 || patch.length === 0) return;
  const keyOf = (item: unknown) => {
    if (mergeKey === undefined) return item;
    if (!isObject(item)) throw broken(`expected a map[string]interface {}, but received a ${goType(item)}`);
    if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
    return item[mergeKey];
  };
  const listed = patch.filter(item => !isMarked(item));
  let next = 0;
  for (const item of order) {
    if (next === listed.length) return;
    if (sameJson(keyOf(listed[next]), keyOf(item))) next++;
  }
  if (next < listed.length)
    throw broken(
      `The order in patch list:\n${goFormat(patch)}\n doesn't match $setElementOrder list:\n${goFormat(order)}\n`,
    );
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return value === null ? '<nil>' : 'string';
}
