/** JSON values as Go prints them in upstream's messages about types that do not fit. */

/** `&{[x]}`: %v of a pointer to the struct that holds the value. */
export const goShow = (value: unknown): string => `&{${plain(value)}}`;

/** `&value.valueUnstructured{Value:5}`: %#v of the same. */
export const goDebug = (value: unknown): string => `&value.valueUnstructured{Value:${syntax(value)}}`;

export function goTypeName(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    default:
      return 'map[string]interface {}';
  }
}

const sorted = (value: object): [string, unknown][] =>
  Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

function plain(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(plain).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  return `map[${sorted(value)
    .map(([key, inner]) => `${key}:${plain(inner)}`)
    .join(' ')}]`;
}

function syntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value !== 'object') return JSON.stringify(value);
  const parts = Array.isArray(value)
    ? value.map(syntax)
    : sorted(value).map(([key, inner]) => `${JSON.stringify(key)}:${syntax(inner)}`);
  return `${goTypeName(value)}{${parts.join(', ')}}`;
}
