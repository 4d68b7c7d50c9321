/** Printer columns of a custom resource: a name, and what the definition asks for by JSONPath, or the age. */
import type { CustomResourceColumnDefinition } from '../../generated/apiextensions-v1.ts';
import { name, timeSince } from '../columns.ts';
import descriptions from '../facts/column-descriptions.json' with { type: 'json' };
import type { Column } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { parseJsonPath } from './json-path.ts';

type Cell = string | number | boolean | null;

const texts: Readonly<Record<string, string>> = descriptions.common;

const AGE: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: texts['Created At'] ?? texts['Age'] ?? '',
};

/** @param wanted `additionalPrinterColumns`; none: the age. The name comes first always. */
export function customColumns(
  wanted: readonly CustomResourceColumnDefinition[] | undefined,
): readonly Column<KubeObject>[] {
  const described = { ...name, description: texts['Name'] ?? '' };
  return [described, ...(wanted && wanted.length > 0 ? wanted : [AGE]).map(custom)];
}

function custom(definition: CustomResourceColumnDefinition): Column<KubeObject> {
  const { name: title, type, format = '', priority = 0, jsonPath } = definition;
  const description =
    definition.description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`;
  const path = parseJsonPath(jsonPath);
  return {
    name: title,
    type: type as Column<KubeObject>['type'],
    format,
    description,
    priority,
    cell: (object, { nowMs }) => {
      const [found] = path?.find(object) ?? [];
      return found === undefined || found === null ? null : cell(type, found, nowMs);
    },
  };
}

/** A value of another type than the column's is left out. */
function cell(type: string, value: unknown, nowMs: number): Cell {
  switch (type) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : timeSince(value, nowMs);
    default:
      return null;
  }
}
