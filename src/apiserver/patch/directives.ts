/** The directives of strategic merge patches, and what is an object. */
export const DIRECTIVE = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM = '$deleteFromPrimitiveList/';
export const ORDER = '$setElementOrder/';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isMarked = (value: unknown): boolean => isObject(value) && value[DIRECTIVE] !== undefined;
