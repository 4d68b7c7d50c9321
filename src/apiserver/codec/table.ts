/**
 * Table: the columns `kubectl get` prints, computed by the server (API reference,
 * meta.k8s.io/v1 Table). The rows carry the object's metadata, the whole object or nothing, as
 * `includeObject` asks.
 */
import { invalidValue } from '../../api/field-error.ts';
import type { Column, KindDefinition, RowCondition } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { badRequest } from '../../api/status-error.ts';
import { partialObjectMetadata } from './partial.ts';

export type IncludeObject = 'Metadata' | 'Object' | 'None';

export interface TableOptions {
  readonly definition: KindDefinition;
  readonly nowMs: number;
  readonly include: IncludeObject;
  /** Of the list, or of the one object. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Watch events after the first carry no column definitions. */
  readonly withoutColumns?: boolean;
}

/** @throws StatusError 400 */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '') return 'Metadata';
  if (value === 'Metadata' || value === 'Object' || value === 'None') return value;
  const wrong = invalidValue('includeObject', value, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: ${wrong.field}: ${wrong.body}`);
}

export function tableOf(objects: readonly KubeObject[], options: TableOptions): Record<string, unknown> {
  const columns = columnsOf(options.definition);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.withoutColumns
      ? null
      : columns.filter(c => !c.undeclared).map(columnDefinition),
    rows: objects.map(object => row(object, options)),
  };
}

function columnDefinition(column: Column<KubeObject>): Record<string, unknown> {
  const { name, type, format = '', description = '', priority = 0 } = column;
  return { name, type, format, description, priority };
}

function row(object: KubeObject, options: TableOptions): Record<string, unknown> {
  const { include, definition } = options;
  const head = rowHead(object, options);
  if (include === 'None') return { ...head, object: null };
  return { ...head, object: include === 'Object' ? object : partialObjectMetadata(object, definition) };
}

interface RowHead {
  readonly cells: readonly unknown[];
  readonly conditions?: readonly RowCondition[];
}

/** What an object's row says before the object itself: a cell a column, and conditions if there are any. */
export function rowHead(
  object: KubeObject,
  { definition, nowMs }: Pick<TableOptions, 'definition' | 'nowMs'>,
): RowHead {
  const cells = columnsOf(definition).map(column => column.cell(object, { nowMs }));
  const conditions = definition.rowConditions?.(object) ?? [];
  return conditions.length > 0 ? { cells, conditions } : { cells };
}

const columnsOf = (definition: KindDefinition) => definition.columns ?? fallbackColumns;

/** Kinds without columns of their own: a name and when it was created. */
const fallbackColumns: readonly Column<KubeObject>[] = [
  { name: 'Name', type: 'string', format: 'name', cell: o => o.metadata.name ?? '' },
  { name: 'Created At', type: 'date', cell: o => o.metadata.creationTimestamp ?? '' },
];
