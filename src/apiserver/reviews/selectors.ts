/**
 * Selectors that say of which objects of a list a review asks (KEP-4601). Nobody here is allowed by
 * them; what cannot be understood is left out, and the answer says so.
 */
import { parseFieldSelector } from '../../api/selectors/fields.ts';
import { parseLabelSelector, SelectorError } from '../../api/selectors/labels.ts';
import type { ResourceAttributes } from '../../generated/authorization-v1.ts';

interface Requirement {
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

interface Selector {
  readonly rawSelector?: string | undefined;
  readonly requirements?: readonly Requirement[] | undefined;
}

/** What of the selectors was ignored; undefined: nothing. */
export function ignoredSelectors({ fieldSelector, labelSelector }: ResourceAttributes): string | undefined {
  const parts = [
    ignored('fieldSelector', fieldSelector, parseFieldSelector, ofField),
    ignored('labelSelector', labelSelector, parseLabelSelector, ofLabel),
  ].filter(part => part !== undefined);
  return parts.length > 0 ? parts.join('; ') : undefined;
}

/** Field selectors compare with one value. */
const ofField = ({ operator, values = [] }: Requirement) =>
  (operator === 'In' || operator === 'NotIn') && values.length === 1;

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
const ofLabel = ({ operator }: Requirement) => OPERATORS.includes(operator);

function ignored(
  field: string,
  selector: Selector | undefined,
  parse: (text: string) => unknown,
  understood: (requirement: Requirement) => boolean,
): string | undefined {
  if (!selector) return undefined;
  const { rawSelector, requirements = [] } = selector;
  const known = requirements.filter(understood).length;
  if (rawSelector ? parses(rawSelector, parse) : known === requirements.length) return undefined;
  const partially = known > 0 ? 'partially ' : '';
  return `spec.resourceAttributes.${field} ${partially}ignored due to parse error`;
}

function parses(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}
