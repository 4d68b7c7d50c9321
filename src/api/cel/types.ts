/** CEL's types, and when one can stand for another. */

export type CelType =
  | { readonly kind: 'simple'; readonly name: string }
  | { readonly kind: 'list'; readonly item: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'type'; readonly of: CelType }
  | { readonly kind: 'optional'; readonly of: CelType }
  /** A message; without fields known, any field is dyn. */
  | { readonly kind: 'object'; readonly name: string; readonly fields?: Readonly<Record<string, CelType>> }
  /** A type parameter of a function. */
  | { readonly kind: 'parameter'; readonly name: string };

const simple = (name: string): CelType => ({ kind: 'simple', name });

export const INT = simple('int');
export const DOUBLE = simple('double');
export const STRING = simple('string');
export const BYTES = simple('bytes');
export const BOOL = simple('bool');
export const NULL = simple('null_type');
export const DYN = simple('dyn');
export const TIMESTAMP = simple('google.protobuf.Timestamp');
export const DURATION = simple('google.protobuf.Duration');
export const list = (item: CelType): CelType => ({ kind: 'list', item });
export const map = (key: CelType, value: CelType): CelType => ({ kind: 'map', key, value });
export const object = (name: string, fields?: Readonly<Record<string, CelType>>): CelType => ({
  kind: 'object',
  name,
  ...(fields ? { fields } : {}),
});

export const isDyn = (type: CelType): boolean => type.kind === 'simple' && type.name === 'dyn';

const SHORT: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'timestamp',
  'google.protobuf.Duration': 'duration',
  null_type: 'null',
};

/** As the checker's errors name it: list(int), map(string, dyn), timestamp. */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case 'simple':
      return SHORT[type.name] ?? type.name;
    case 'list':
      return `list(${formatType(type.item)})`;
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case 'type':
      return `type(${formatType(type.of)})`;
    case 'optional':
      return `optional_type(${formatType(type.of)})`;
    case 'object':
      return type.name;
    case 'parameter':
      return 'dyn';
  }
}

/** As its declaration names it: what `must evaluate to` says. */
export function typeName(type: CelType): string {
  return type.kind === 'simple' ? type.name : formatType(type);
}

export function sameType(a: CelType, b: CelType): boolean {
  return formatType(a) === formatType(b);
}

/** What the type parameters of one call stand for. */
export type Bindings = Map<string, CelType>;

const NULLABLE: ReadonlySet<string> = new Set(['google.protobuf.Timestamp', 'google.protobuf.Duration']);

/** Whether a value of type `given` can be had where `wanted` is asked for; binds parameters of both. */
export function isAssignable(wanted: CelType, given: CelType, bindings: Bindings): boolean {
  const [to, from] = [resolve(wanted, bindings), resolve(given, bindings)];
  if (to.kind === 'parameter') {
    if (from.kind === 'parameter' && from.name === to.name) return true;
    bindings.set(to.name, from);
    return true;
  }
  if (from.kind === 'parameter') {
    bindings.set(from.name, to);
    return true;
  }
  if (isDyn(to) || isDyn(from)) return true;
  if (from.kind === 'simple' && from.name === 'null_type') {
    return (
      to.kind === 'object' ||
      to.kind === 'optional' ||
      (to.kind === 'simple' && (to.name === 'null_type' || NULLABLE.has(to.name)))
    );
  }
  switch (to.kind) {
    case 'simple':
      return from.kind === 'simple' && from.name === to.name;
    case 'list':
      return from.kind === 'list' && isAssignable(to.item, from.item, bindings);
    case 'map':
      return (
        from.kind === 'map' &&
        isAssignable(to.key, from.key, bindings) &&
        isAssignable(to.value, from.value, bindings)
      );
    case 'type':
      return from.kind === 'type';
    case 'optional':
      return from.kind === 'optional' && isAssignable(to.of, from.of, bindings);
    case 'object':
      return from.kind === 'object' && from.name === to.name;
  }
}

function resolve(type: CelType, bindings: Bindings): CelType {
  let here = type;
  while (here.kind === 'parameter') {
    const bound = bindings.get(here.name);
    if (!bound) return here;
    here = bound;
  }
  return here;
}

/** The type with what its parameters stand for; a parameter nothing is known of is dyn. */
export function substitute(type: CelType, bindings: Bindings, keepFree = false): CelType {
  const here = resolve(type, bindings);
  const inner = (t: CelType) => substitute(t, bindings, keepFree);
  switch (here.kind) {
    case 'parameter':
      return keepFree ? here : DYN;
    case 'list':
      return list(inner(here.item));
    case 'map':
      return map(inner(here.key), inner(here.value));
    case 'optional':
      return { kind: 'optional', of: inner(here.of) };
    case 'type':
      return { kind: 'type', of: inner(here.of) };
    case 'simple':
    case 'object':
      return here;
  }
}
