/**
 * Fields of objects that are maps of a client's making: their keys may be words JavaScript has a
 * meaning for (`__proto__`, `constructor`, `toString`), and are then keys like any other. The refused
 * alternative was objects without a prototype everywhere: JSON.parse and object literals make none.
 */
type Fields = Readonly<Record<string, unknown>>;

/** The field's value; undefined where the object has no such field of its own. */
export function ownField(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Fields)[key] : undefined;
}

/** Sets or adds a field; never the object's prototype. */
export function setOwnField(object: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else (object as Record<string, unknown>)[key] = value;
}
