/**
 * Parameters of operations, with the texts upstream gives them (facts/parameters.json, asked from
 * its v2 document, where most are written once and referred to by id). Pure.
 */
import type { JsonObject, Operation, ParameterFact, Sources } from './sources.ts';

export interface Parameter {
  /** What the v2 document calls the shared parameter; absent: it is written in place. */
  readonly id?: string;
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description?: string;
  readonly type: string;
}

/** Where one name means several things: which of them an operation of that kind has. */
const BY_KIND: Readonly<Record<string, readonly string[]>> = {
  Pod: ['container-1GeXxFDC'],
  PodAttachOptions: [
    'container-_Q-EJ3nR',
    'stderr-26jJhFUR',
    'stdin-sEFnN3IS',
    'stdout-005YMKE6',
    'tty-g7MlET_l',
  ],
  PodExecOptions: [
    'container-i5dOmRiM',
    'stderr-W_1TNlWc',
    'stdin-PSzNhyUC',
    'stdout--EZLRwV1',
    'tty-s0flW37O',
  ],
  NodeProxyOptions: ['path-rFDtV0x9'],
  PodProxyOptions: ['path-oPbzgLUj'],
  ServiceProxyOptions: ['path-QCf0eosM'],
};
/** Patches say more of it: apply needs it. */
const FIELD_MANAGER = { patch: 'fieldManager-7c6nTn1T', others: 'fieldManager-Qy4HdaTW' };

/** In the order of their names; a name that is in the path and in the query comes twice. */
export function parametersOf(path: string, facts: Operation, { parameters }: Sources): Parameter[] {
  const known = byPlace(parameters);
  const seen = new Set<string>();
  return facts.parameters.map(name => {
    const inPath = path.includes(`{${name}}`) && !seen.has(name);
    seen.add(name);
    if (!inPath) return queryParameter(name, facts, known.get(`query ${name}`) ?? []);
    return name === 'name' ? nameParameter(facts) : (known.get(`path ${name}`)?.[0] ?? bare(name, 'path'));
  });
}

const indexes = new WeakMap<Sources['parameters'], ReadonlyMap<string, readonly Parameter[]>>();

/** 'query limit' to what that may be. */
function byPlace(all: Sources['parameters']): ReadonlyMap<string, readonly Parameter[]> {
  let index = indexes.get(all);
  if (!index) {
    const map = new Map<string, Parameter[]>();
    for (const [id, fact] of Object.entries(all)) {
      const place = `${fact.in} ${fact.name}`;
      map.set(place, [...(map.get(place) ?? []), fromFact(id, fact)]);
    }
    index = map;
    indexes.set(all, index);
  }
  return index;
}

const bare = (name: string, where: Parameter['in']): Parameter => ({ name, in: where, type: 'string' });

function nameParameter({ gvk }: Operation): Parameter {
  return { ...bare('name', 'path'), ...(gvk ? { description: `name of the ${gvk.kind}` } : {}) };
}

function queryParameter(name: string, facts: Operation, candidates: readonly Parameter[]): Parameter {
  const wanted =
    name === 'fieldManager'
      ? [facts.action === 'patch' ? FIELD_MANAGER.patch : FIELD_MANAGER.others]
      : (BY_KIND[facts.gvk?.kind ?? ''] ?? []);
  const found = candidates.find(({ id }) => id !== undefined && wanted.includes(id));
  return found ?? candidates[0] ?? bare(name, 'query');
}

function fromFact(id: string, { name, in: where, description, type }: ParameterFact): Parameter {
  // Upstream writes two of them in place, everywhere: their ids are their names.
  return { ...(id === name ? {} : { id }), name, in: where, description, type };
}

export function parameterV3({ name, in: where, description, type }: Parameter): JsonObject {
  return {
    name,
    in: where,
    ...(description === undefined ? {} : { description }),
    ...(where === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  };
}

/** Those that every operation of a path has alike stand once, beside the operations. */
export function commonParameters(operations: readonly (readonly Parameter[])[]): readonly Parameter[] {
  const [first = [], ...others] = operations;
  return first.filter(parameter => others.every(list => list.some(other => isSame(other, parameter))));
}

export const isSame = (a: Parameter, b: Parameter): boolean =>
  a.name === b.name && a.in === b.in && a.description === b.description;
