/** The overloads of every function, read from their declarations when first asked for. */
import { KUBERNETES_FUNCTIONS, KUBERNETES_TYPES } from './kubernetes-functions.ts';
import { patternedFunctions, STANDARD_FUNCTIONS } from './standard-functions.ts';
import type { CelType } from './types.ts';
import * as types from './types.ts';

export interface Overload {
  /** Of a member, the receiver is the first. */
  readonly parameters: readonly CelType[];
  readonly member: boolean;
  readonly result: CelType;
}

let table: Map<string, Overload[]> | undefined;

/** `name` as called: size, _+_, sets.contains. Undefined: there is no such function. */
export function overloadsOf(name: string): readonly Overload[] | undefined {
  table ??= readAll();
  return table.get(name);
}

function readAll(): Map<string, Overload[]> {
  const found = new Map<string, Overload[]>();
  const lines = [...`${STANDARD_FUNCTIONS}${KUBERNETES_FUNCTIONS}`.split('\n'), ...patternedFunctions()];
  for (const line of lines) {
    if (line === '') continue;
    const { name, overload } = read(line);
    found.set(name, [...(found.get(name) ?? []), overload]);
  }
  return found;
}

/** Namespaces of functions that are no receivers. */
const NAMESPACES: ReadonlySet<string> = new Set([
  'sets',
  'optional',
  'lists',
  'strings',
  'math',
  'base64',
  'format',
  'ip',
  'jsonpatch',
]);

function read(line: string): { name: string; overload: Overload } {
  const space = line.lastIndexOf(') ');
  const signature = line.slice(0, space + 1);
  const result = readType(line.slice(space + 2));
  const open = openingOf(signature);
  const head = signature.slice(0, open);
  const parameters = splitTypes(signature.slice(open + 1, -1)).map(readType);
  const dot = head.lastIndexOf('.');
  const before = dot < 0 ? '' : head.slice(0, dot);
  const member = before !== '' && !NAMESPACES.has(before) && !head.startsWith('_');
  return member
    ? {
        name: head.slice(dot + 1),
        overload: { parameters: [readType(before), ...parameters], member, result },
      }
    : { name: head, overload: { parameters, member, result } };
}

/** Of the last parenthesis that is not within another. */
function openingOf(signature: string): number {
  let depth = 0;
  for (let i = signature.length - 1; i >= 0; i--) {
    if (signature[i] === ')') depth++;
    else if (signature[i] === '(' && --depth === 0) return i;
  }
  return -1;
}

function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
}

const SIMPLE: Readonly<Record<string, CelType>> = { timestamp: types.TIMESTAMP, duration: types.DURATION };

/** `map(string, list(A))`. */
export function readType(text: string): CelType {
  const inner = /^(\w+)\((.*)\)$/.exec(text);
  const [first = types.DYN, second = types.DYN] = inner ? splitTypes(inner[2] ?? '').map(readType) : [];
  switch (inner?.[1]) {
    case 'list':
      return types.list(first);
    case 'map':
      return types.map(first, second);
    case 'optional':
      return { kind: 'optional', of: first };
    case 'type':
      return { kind: 'type', of: first };
    default:
      break;
  }
  if (/^[A-Z]$/.test(text)) return { kind: 'parameter', name: text };
  const named = KUBERNETES_TYPES[text];
  if (named) return types.object(named, {});
  return SIMPLE[text] ?? { kind: 'simple', name: text };
}
