/** The types that rules see: CEL's, of what the schemas of custom resources say (KEP-2876). */
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  list,
  map,
  object,
  STRING,
  TIMESTAMP,
} from '../cel/types.ts';
import { additionalOf, itemsOf, propertiesOf, type Schema } from './schema.ts';

const STRINGS: Readonly<Record<string, CelType>> = {
  byte: BYTES,
  duration: DURATION,
  date: TIMESTAMP,
  'date-time': TIMESTAMP,
};
const SCALARS: Readonly<Record<string, CelType>> = { boolean: BOOL, number: DOUBLE, integer: INT };

/** Undefined: the value's form is not known, and rules do not see it. `path` makes names of objects unique. */
export function ruleType(schema: Schema, path: string, root = false): CelType | undefined {
  if (schema['x-kubernetes-int-or-string']) return DYN;
  const { type = '', format = '' } = schema;
  if (type === 'string') return STRINGS[format] ?? STRING;
  if (type === 'array') {
    const items = itemsOf(schema);
    const item = items && ruleType(items, `${path}.@idx`);
    return item && list(item);
  }
  if (type !== 'object') return SCALARS[type];
  const additional = additionalOf(schema);
  if (additional) {
    const value = ruleType(additional, `${path}.@elem`);
    return value && map(STRING, value);
  }
  return object(path, fieldsOf(schema, path, root || schema['x-kubernetes-embedded-resource'] === true));
}

function fieldsOf(schema: Schema, path: string, resource: boolean): Record<string, CelType> {
  const fields: Record<string, CelType> = {};
  for (const [name, property] of propertiesOf(schema)) {
    const escaped = escapeField(name);
    const type = ruleType(property, `${path}.${name}`);
    if (escaped !== undefined && type) fields[escaped] = type;
    // Upstream takes this one reserved word as it is, too: Kubernetes is full of it.
    if (name === 'namespace' && type) fields[name] = type;
  }
  if (!resource) return fields;
  const metadata = object(`${path}.metadata`, { name: STRING, generateName: STRING });
  return { ...fields, kind: STRING, apiVersion: STRING, metadata };
}

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const ESCAPES: Readonly<Record<string, string>> = { '.': '__dot__', '-': '__dash__', '/': '__slash__' };

/** How a rule writes a field's name; undefined: it cannot. */
export function escapeField(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replaceAll('__', '__underscores__').replace(/[./-]/g, c => ESCAPES[c] ?? c);
}
