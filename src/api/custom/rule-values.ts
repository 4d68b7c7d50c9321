/** Custom resources as their rules see them: what the schema says, under names that expressions can write. */
import { escapeField } from '../apiextensions/rule-types.ts';
import { parseDuration, parseTimestamp } from '../cel/times.ts';
import { CelFault, CelMap, CelObject, markList, type Value } from '../cel/values.ts';
import { additional, isObject, type JsonObject, type Structural } from './structural.ts';

const META: Structural = {
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};

/** Undefined: rules do not see it. */
export function ruleValue(value: unknown, schema: Structural, resource = false): Value | undefined {
  if (value === null) return null;
  if (value === undefined) return undefined;
  if (schema['x-kubernetes-int-or-string'])
    return typeof value === 'number' ? integer(value) : text(value, '');
  switch (schema.type) {
    case 'integer':
      return typeof value === 'number' ? integer(value) : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'string':
      return text(value, schema.format ?? '');
    case 'array':
      return Array.isArray(value) ? list(value, schema) : undefined;
    case 'object':
      return isObject(value) ? object(value, schema, resource) : undefined;
    default:
      return undefined;
  }
}

const integer = (value: number): Value => (Number.isInteger(value) ? BigInt(value) : value);

function text(value: unknown, format: string): Value | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    if (format === 'duration') return parseDuration(value);
    if (format === 'date') return parseTimestamp(`${value}T00:00:00Z`);
    if (format === 'date-time') return parseTimestamp(value);
  } catch (e) {
    if (!(e instanceof CelFault)) throw e;
    return undefined;
  }
  return format === 'byte' ? Buffer.from(value, 'base64') : value;
}

function list(value: readonly unknown[], schema: Structural): Value | undefined {
  const { items } = schema;
  if (!items) return undefined;
  const type = schema['x-kubernetes-list-type'];
  const values = value.map(item => ruleValue(item, items, embedded(items)) ?? null);
  if (type === 'set') return markList(values, 'set');
  return type === 'map' ? markList(values, schema['x-kubernetes-list-map-keys'] ?? []) : values;
}

const embedded = (schema: Structural) => schema['x-kubernetes-embedded-resource'] === true;

function object(value: JsonObject, schema: Structural, resource: boolean): Value {
  const rest = additional(schema);
  if (rest && !schema.properties) {
    return new CelMap(
      Object.entries(value).map(([name, item]): [Value, Value] => [
        name,
        ruleValue(item, rest, embedded(rest)) ?? null,
      ]),
    );
  }
  const fields = new Map<string, Value>();
  const add = (name: string, field: Structural) => {
    if (!Object.hasOwn(value, name)) return;
    const found = ruleValue(value[name], field, embedded(field));
    const escaped = escapeField(name);
    if (found === undefined) return;
    if (escaped !== undefined) fields.set(escaped, found);
    if (name === 'namespace') fields.set(name, found);
  };
  for (const [name, field] of Object.entries(schema.properties ?? {})) add(name, field);
  if (resource) {
    add('apiVersion', { type: 'string' });
    add('kind', { type: 'string' });
    add('metadata', META);
  }
  return new CelObject(fields);
}
