/**
 * What LimitRanges make of pods and claims: defaults for containers that do not say what they need,
 * and refusals of what is too little, too much or too uneven. Pure; the words are upstream's.
 */
import { ownField, setOwnField } from '../../../base/own-field.ts';
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
  ResourceRequirements,
} from '../../../generated/core-v1.ts';
import { compareQuantities, quantityMilliValue } from '../../quantity.ts';
import { entriesOf } from '../../validation/checks.ts';
import { type Amounts, aggregateOf } from '../pod-spec/aggregate.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';
/** What a pod as a whole may ask for instead of its containers. */
const POD_LEVEL = ['cpu', 'memory'];

interface Asked {
  readonly requests?: Readonly<Amounts> | undefined;
  readonly limits?: Readonly<Amounts> | undefined;
}

/** Gives the containers of `pod` what they lack, and notes on the pod what that was. */
export function applyDefaults({ spec }: LimitRange, pod: Pod): void {
  const items = (spec?.limits ?? []).filter(({ type }) => type === 'Container');
  const given = [
    ...(pod.spec.containers ?? []).flatMap(container => complete(container, items, 'container')),
    ...(pod.spec.initContainers ?? []).flatMap(container => complete(container, items, 'init container')),
  ];
  if (given.length === 0) return;
  const note = `LimitRanger plugin set: ${given.join('; ')}`;
  pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: note };
}

function complete(container: Container, items: readonly LimitRangeItem[], what: string): string[] {
  const resources: ResourceRequirements = { ...container.resources };
  const limits = fill(resources, 'limits', Object.assign({}, ...items.map(item => item.default)));
  const requests = fill(resources, 'requests', Object.assign({}, ...items.map(item => item.defaultRequest)));
  if (limits.length + requests.length > 0) container.resources = resources;
  const told = (names: readonly string[], kind: string) =>
    names.length === 0 ? [] : [`${names.join(', ')} ${kind} for ${what} ${container.name}`];
  return [...told(requests, 'request'), ...told(limits, 'limit')];
}

/** The names of what was missing, in order. */
function fill(
  resources: ResourceRequirements,
  kind: 'limits' | 'requests',
  defaults: Readonly<Amounts>,
): string[] {
  const amounts = { ...resources[kind] };
  const missing = entriesOf(defaults).filter(([name]) => ownField(amounts, name) === undefined);
  for (const [name, amount] of missing) setOwnField(amounts, name, amount);
  if (missing.length > 0) resources[kind] = amounts;
  return missing.map(([name]) => name);
}

/** Why the pod is refused; empty: it is not. */
export function refusalsOfPod({ spec: limits }: LimitRange, { spec }: Pod): string[] {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  return (limits?.limits ?? []).flatMap(item => {
    if (item.type === 'Container')
      return containers.flatMap(({ resources }) => refusals(item, resources ?? {}));
    if (item.type !== 'Pod') return [];
    return refusals(item, { requests: ofPod(spec, 'requests'), limits: ofPod(spec, 'limits') });
  });
}

function ofPod(spec: Pod['spec'], kind: 'requests' | 'limits'): Amounts {
  const amounts = aggregateOf(spec, kind);
  for (const name of POD_LEVEL) {
    const amount = spec.resources?.[kind]?.[name];
    if (amount !== undefined) amounts[name] = amount;
  }
  return amounts;
}

/** Of a claim only what it requests counts. */
export function refusalsOfClaim({ spec: limits }: LimitRange, { spec }: PersistentVolumeClaim): string[] {
  const requests = spec?.resources?.requests;
  const items = (limits?.limits ?? []).filter(({ type }) => type === 'PersistentVolumeClaim');
  return items.flatMap(item => [
    ...each(item.min, (name, least) => tooLittle(item.type, name, least, { requests })),
    ...each(item.max, (name, most) => {
      const told = `maximum ${name} usage per ${item.type} is ${most}`;
      const request = ownField(requests, name);
      if (request === undefined) return `${told}.  No request is specified`;
      return compareQuantities(request, most) > 0 ? `${told}, but request is ${request}` : undefined;
    }),
  ]);
}

function refusals(item: LimitRangeItem, asked: Asked): string[] {
  return [
    ...each(item.min, (name, least) => tooLittle(item.type, name, least, asked)),
    ...each(item.max, (name, most) => tooMuch(item.type, name, most, asked)),
    ...each(item.maxLimitRequestRatio, (name, most) => tooUneven(item.type, name, most, asked)),
  ];
}

function each(
  amounts: Readonly<Amounts> | undefined,
  check: (name: string, amount: string) => string | undefined,
): string[] {
  return entriesOf(amounts).flatMap(([name, amount]) => check(name, amount) ?? []);
}

function tooLittle(type: string, name: string, least: string, asked: Asked): string | undefined {
  const [request, limit] = [ownField(asked.requests, name), ownField(asked.limits, name)];
  const told = `minimum ${name} usage per ${type} is ${least}`;
  if (request === undefined) return `${told}.  No request is specified`;
  if (compareQuantities(request, least) < 0) return `${told}, but request is ${request}`;
  return limit !== undefined && compareQuantities(limit, least) < 0
    ? `${told}, but limit is ${limit}`
    : undefined;
}

function tooMuch(type: string, name: string, most: string, asked: Asked): string | undefined {
  const [request, limit] = [ownField(asked.requests, name), ownField(asked.limits, name)];
  const told = `maximum ${name} usage per ${type} is ${most}`;
  if (limit === undefined) return `${told}.  No limit is specified`;
  if (compareQuantities(limit, most) > 0) return `${told}, but limit is ${limit}`;
  return request !== undefined && compareQuantities(request, most) > 0
    ? `${told}, but request is ${request}`
    : undefined;
}

/** How many times what is requested may be used: bursts of one are paid by the others on the node. */
function tooUneven(type: string, name: string, most: string, asked: Asked): string | undefined {
  const told = `${name} max limit to request ratio per ${type} is ${most}`;
  const [request, limit] = [asked.requests, asked.limits].map(amounts =>
    Number(quantityMilliValue(ownField(amounts, name) ?? '0')),
  );
  if (!request) return `${told}, but no request is specified or request is 0`;
  if (!limit) return `${told}, but no limit is specified or limit is 0`;
  const ratio = limit / request;
  return ratio * 1000 > Number(quantityMilliValue(most))
    ? `${told}, but provided ratio is ${ratio.toFixed(6)}`
    : undefined;
}
