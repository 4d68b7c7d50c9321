/**
 * Field selectors: `metadata.name=a,status.phase!=Running`. Only equality; commas, equal signs and
 * backslashes in values are escaped with a backslash (upstream `apimachinery/pkg/fields`).
 */
import { SelectorError } from './labels.ts';

export interface FieldTerm {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
}

/** @throws SelectorError with upstream's message */
export function parseFieldSelector(text: string): readonly FieldTerm[] {
  return splitTerms(text)
    .filter(term => term !== '')
    .map(term => {
      const found = splitOperator(term);
      if (!found) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      return { field: found.field, negated: found.operator === '!=', value: unescapeValue(found.rest) };
    });
}

export function matchesFields(terms: readonly FieldTerm[], valueOf: (field: string) => string): boolean {
  return terms.every(({ field, negated, value }) => (valueOf(field) === value) !== negated);
}

/** The value a term of the selector requires for `field`, if there is one. */
export function requiredValue(terms: readonly FieldTerm[], field: string): string | undefined {
  return terms.find(t => t.field === field && !t.negated)?.value;
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function splitOperator(term: string): { field: string; operator: string; rest: string } | undefined {
  for (let i = 0; i < term.length; i++) {
    const operator = ['!=', '==', '='].find(o => term.startsWith(o, i));
    if (operator) return { field: term.slice(0, i), operator, rest: term.slice(i + operator.length) };
  }
  return undefined;
}

function unescapeValue(value: string): string {
  let out = '';
  for (let i = 0; i < value.length; i++) {
    const c = value[i] as string;
    if (c === '\\') {
      const next = value[++i] ?? '';
      if (!/^[\\,=]$/.test(next))
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`);
      out += next;
    } else if (c === ',' || c === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${c.charCodeAt(0)}`);
    } else out += c;
  }
  return out;
}
