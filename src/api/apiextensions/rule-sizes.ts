/** How large values can be, by what their schemas say and by the largest request (apiserver/pkg/cel). */
import { fixed, type Range } from '../cel/cost/range.ts';
import { escapeField } from './rule-types.ts';
import { additionalOf, itemsOf, propertiesOf, type Schema } from './schema.ts';

export interface Sizes {
  /** Bytes, elements or entries. */
  readonly max: number;
  /** Of its JSON, in bytes. */
  readonly minJson: number;
  readonly items?: Sizes;
  readonly keys?: Sizes;
  readonly fields?: ReadonlyMap<string, Sizes>;
}

const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
/** Without the quotes or brackets around. */
const MAX_CONTENT_BYTES = MAX_REQUEST_BYTES - 2;
const BYTES_PER_CHARACTER = 4;
/** Of a map's entry beside its value: the key's quotes, colon, comma. */
const ENTRY_BYTES = 6;
/** Of a required field beside its name and value. */
const FIELD_BYTES = 4;
const scalar = (minJson: number, max = 0): Sizes => ({ max, minJson });
const BOOLEAN = scalar(4);
const NUMBER = scalar(1);
const ANY_STRING = scalar(2, MAX_CONTENT_BYTES);
const TIMES: Readonly<Record<string, Sizes>> = {
  duration: scalar(3, 32),
  date: scalar(12, 12),
  'date-time': scalar(21, 32),
};

/** Undefined where rules do not see the value. */
export function sizesOf(schema: Schema, root = false): Sizes | undefined {
  if (schema['x-kubernetes-int-or-string']) return scalar(1, MAX_CONTENT_BYTES);
  switch (schema.type) {
    case 'array': {
      const items = itemsOf(schema);
      const item = items && sizesOf(items);
      if (!item) return undefined;
      const most = Math.floor(MAX_CONTENT_BYTES / (item.minJson + 1));
      return { ...scalar(2, limit(schema.maxItems) ?? most), items: item };
    }
    case 'object':
      return sizesOfObject(schema, root || schema['x-kubernetes-embedded-resource'] === true);
    case 'string':
      return sizesOfString(schema);
    case 'boolean':
      return BOOLEAN;
    case 'number':
    case 'integer':
      return NUMBER;
    default:
      return undefined;
  }
}

const limit = (max: number | undefined) => (max === undefined ? undefined : Math.max(0, max));

function sizesOfString({ format = '', maxLength, enum: values }: Schema): Sizes {
  const time = Object.hasOwn(TIMES, format) ? TIMES[format] : undefined;
  if (time) return time;
  const length = limit(maxLength);
  if (length !== undefined) return scalar(2, format === 'byte' ? length : length * BYTES_PER_CHARACTER);
  if (format === 'byte' || !values?.length) return ANY_STRING;
  const lengths = values.map(value => (typeof value === 'string' ? Buffer.byteLength(value) : 0));
  return scalar(2, Math.max(...lengths));
}

function sizesOfObject(schema: Schema, resource: boolean): Sizes | undefined {
  const additional = additionalOf(schema);
  if (additional) {
    const value = sizesOf(additional);
    if (!value) return undefined;
    const most = Math.floor(MAX_CONTENT_BYTES / (value.minJson + ENTRY_BYTES));
    return { ...scalar(2, limit(schema.maxProperties) ?? most), items: value, keys: scalar(2) };
  }
  const fields = new Map<string, Sizes>();
  let minJson = 2;
  for (const [name, property] of propertiesOf(schema)) {
    const field = sizesOf(property);
    if (!field) continue;
    const escaped = escapeField(name);
    if (escaped !== undefined) fields.set(escaped, field);
    if (name === 'namespace') fields.set(name, field);
    if (schema.required?.includes(name) && property.default === undefined)
      minJson += Buffer.byteLength(name) + field.minJson + FIELD_BYTES;
  }
  if (resource) {
    const metadata = new Map([
      ['name', ANY_STRING],
      ['generateName', ANY_STRING],
    ]);
    fields.set('kind', ANY_STRING).set('apiVersion', ANY_STRING);
    fields.set('metadata', { ...scalar(2), fields: metadata });
  }
  return { ...scalar(minJson), fields };
}

/** `path` as of cost.ts; its first part is self or oldSelf. */
export function sizeAt(self: Sizes, path: readonly string[]): Range | undefined {
  let here: Sizes | undefined = self;
  for (const part of path.slice(1)) {
    if (part === '@items' || part === '@values') here = here.items;
    else here = part === '@keys' ? here.keys : here.fields?.get(part);
    if (!here) return undefined;
  }
  return { ...fixed(here.max), min: 0n };
}

/** How often a value can be in one request, if no schema around it says so. */
export const mostOften = ({ minJson }: Sizes): bigint =>
  BigInt(Math.floor(MAX_REQUEST_BYTES / (minJson + 1)));
