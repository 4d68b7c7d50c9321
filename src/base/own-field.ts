/**
 * Fields of objects that are maps of a client's making: their keys may be words JavaScript has a
 * meaning for (`__proto__`, `constructor`, `toString`), and are then keys like any other. The refused
 * alternative was objects without a prototype everywhere: JSON.parse and object literals make none.
 */

/** The field's value; undefined where there is no object, or no such field of its own. */
export function ownField<V>(
  object: Readonly<Record<string, V>> | null | undefined,
  key: string,
): V | undefined {
  return object && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets or adds a field; never the object's prototype. */
export function setOwnField<V>(object: Record<string, V>, key: string, value: NoInfer<V>): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}
