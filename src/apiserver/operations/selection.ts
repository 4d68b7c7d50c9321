/** Label and field selectors of a request, compiled for one resource. */
import { goQuote } from '../../api/go-quote.ts';
import type { KindDefinition } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import {
  type FieldTerm,
  matchesFields,
  parseFieldSelector,
  requiredValue,
} from '../../api/selectors/fields.ts';
import {
  matchesLabels,
  parseLabelSelector,
  type Requirement,
  SelectorError,
} from '../../api/selectors/labels.ts';
import { badRequest, type StatusError } from '../../api/status-error.ts';

export interface Selection {
  /** Selects everything. */
  readonly everything: boolean;
  /** metadata.name=… is required: at most one object a namespace. */
  readonly name: string | undefined;
  /** There is a selector of fields. */
  readonly hasFields: boolean;
  /** Two selections of one kind with the same text select the same. */
  readonly text: string;
  matches(object: KubeObject): boolean;
}

const EVERYTHING: Selection = {
  everything: true,
  name: undefined,
  hasFields: false,
  text: '',
  matches: () => true,
};

/** @throws StatusError 400 for selectors that cannot be read and fields that cannot be selected by. */
export function selection(definition: KindDefinition, labels = '', fields = ''): Selection {
  return selectionOf(definition, parseSelectors(labels, fields));
}

export interface Selectors {
  readonly requirements: readonly Requirement[];
  readonly terms: readonly FieldTerm[];
}

/** @throws StatusError 400 for fields that cannot be selected by. */
export function selectionOf(definition: KindDefinition, { requirements, terms }: Selectors): Selection {
  const selectable = definition.selectableFields ?? {};
  for (const { field } of terms) if (!canSelect(definition, field)) throw refused(definition, field);
  if (requirements.length === 0 && terms.length === 0) return EVERYTHING;
  return {
    everything: false,
    name: requiredValue(terms, 'metadata.name'),
    hasFields: terms.length > 0,
    get text() {
      return JSON.stringify([requirements, terms]);
    },
    matches: object =>
      matchesLabels(requirements, object.metadata.labels as Record<string, string> | undefined) &&
      matchesFields(terms, field => fieldValue(object, field, selectable)),
  };
}

const NO_SELECTORS: Selectors = { requirements: [], terms: [] };

/** @throws StatusError 400 for selectors that cannot be read. */
export function parseSelectors(labels: string, fields: string): Selectors {
  if (labels === '' && fields === '') return NO_SELECTORS;
  try {
    return { requirements: parseLabelSelector(labels), terms: parseFieldSelector(fields) };
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

/** Kinds with fields of their own list all they take: those without a namespace do not take one. */
function canSelect({ selectableFields, namespaced }: KindDefinition, field: string): boolean {
  if (field === 'metadata.namespace' && selectableFields) return namespaced;
  return isMetadataField(field) || Object.hasOwn(selectableFields ?? {}, field);
}

function refused({ selectableFields, fieldRefusal }: KindDefinition, field: string): StatusError {
  if (fieldRefusal) return badRequest(fieldRefusal(field));
  if (selectableFields) return badRequest(`field label not supported: ${field}`);
  return badRequest(
    `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

const isMetadataField = (field: string) => field === 'metadata.name' || field === 'metadata.namespace';

function fieldValue(
  object: KubeObject,
  field: string,
  selectable: NonNullable<KindDefinition['selectableFields']>,
): string {
  if (field === 'metadata.name') return object.metadata.name ?? '';
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return selectable[field]?.(object) ?? '';
}
