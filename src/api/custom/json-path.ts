/**
 * The JSONPaths of printer columns, selectable fields and scale subresources: fields, indexes,
 * wildcards and filters by a field's value (Kubernetes documentation, "JSONPath support"; the
 * definition's validation refuses the rest).
 *
 *   .spec.replicas   .metadata.labels.app\.kubernetes\.io/name   .status.conditions[?(@.type=="Ready")].status
 */
import { ownField } from '../../base/own-field.ts';
import { isObject } from './structural.ts';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | {
      readonly kind: 'filter';
      readonly path: readonly Step[];
      readonly operator: string;
      readonly value: unknown;
    };

/** Undefined: it cannot be read. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps = parseSteps(text);
  return steps && new JsonPath(steps);
}

export class JsonPath {
  constructor(private readonly steps: readonly Step[]) {}

  /** All values the path leads to, in order. */
  find(value: unknown): readonly unknown[] {
    return follow([value], this.steps);
  }
}

const FIELD = /^\.((?:\\.|[^.[\\])+)/;
const QUOTED = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const ALL = /^(?:\[\*\]|\.\*)/;
const FILTER =
  /^\[\?\(\s*@((?:[^=!<>\s\\]|\\.)*)\s*(==|!=|<=|>=|<|>)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^)\s]+)\s*\)\]/;

function parseSteps(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let rest = text.startsWith('$') ? text.slice(1) : text;
  while (rest !== '' && rest !== '.') {
    const step = readStep(rest);
    if (!step) return undefined;
    steps.push(step.step);
    rest = rest.slice(step.length);
  }
  return steps;
}

function readStep(text: string): { readonly step: Step; readonly length: number } | undefined {
  const all = ALL.exec(text);
  if (all) return { step: { kind: 'all' }, length: all[0].length };
  const field = FIELD.exec(text);
  if (field) return { step: { kind: 'field', name: unescape(field[1]) }, length: field[0].length };
  const quoted = QUOTED.exec(text);
  if (quoted)
    return { step: { kind: 'field', name: unescape(quoted[1] ?? quoted[2]) }, length: quoted[0].length };
  const index = INDEX.exec(text);
  if (index) return { step: { kind: 'index', index: Number(index[1]) }, length: index[0].length };
  const filter = FILTER.exec(text);
  const path = filter && parseSteps(filter[1] ?? '');
  if (!filter || !path) return undefined;
  const step = {
    kind: 'filter',
    path,
    operator: filter[2] ?? '==',
    value: literal(filter[3] ?? ''),
  } as const;
  return { step, length: filter[0].length };
}

const unescape = (text = '') => text.replace(/\\(.)/g, '$1');

function literal(text: string): unknown {
  if (/^["']/.test(text)) return unescape(text.slice(1, -1));
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function follow(values: readonly unknown[], steps: readonly Step[]): readonly unknown[] {
  return steps.reduce((from, step) => from.flatMap(value => next(value, step)), values);
}

function next(value: unknown, step: Step): readonly unknown[] {
  switch (step.kind) {
    case 'field': {
      const found = isObject(value) ? ownField(value, step.name) : undefined;
      return found === undefined ? [] : [found];
    }
    case 'index': {
      const found: unknown = Array.isArray(value) ? value.at(step.index) : undefined;
      return found === undefined ? [] : [found];
    }
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value)
        ? value.filter(item => follow([item], step.path).some(found => holds(found, step)))
        : [];
  }
}

function holds(
  found: unknown,
  { operator, value }: { readonly operator: string; readonly value: unknown },
): boolean {
  if (operator === '==') return found === value;
  if (operator === '!=') return found !== value;
  if (typeof found !== typeof value || (typeof found !== 'number' && typeof found !== 'string')) return false;
  const [a, b] = [found, value as typeof found];
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b;
}
