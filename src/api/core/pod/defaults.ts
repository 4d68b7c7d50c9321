/** What a Pod gets besides the defaults of its spec; templates do not, so that they stay as written. */
import { ownField, setOwnField } from '../../../base/own-field.ts';
import type { Container, Pod, PodSpec } from '../../../generated/core-v1.ts';
import { type Amounts, aggregateOf } from '../pod-spec/aggregate.ts';
import { defaultPodSpec, dropOldAnnotations } from '../pod-spec/defaults.ts';

export function defaultPod({ metadata, spec }: Pod): void {
  dropOldAnnotations(metadata);
  defaultPodSpec(spec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestsFromLimits(container);
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
  defaultPodLimits(spec);
  defaultPodRequests(spec);
  spec.enableServiceLinks ??= true;
  // Only pods: templates keep what they were given, with a warning.
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
}

/** A limit without a request requests as much. */
function requestsFromLimits(container: Container): void {
  const { resources } = container;
  if (!resources?.limits) return;
  const requests: Record<string, string> = resources.requests ?? {};
  for (const [name, limit] of Object.entries(resources.limits))
    setOwnField(requests, name, ownField(requests, name) ?? limit);
  resources.requests = requests;
}

const isHugePages = (name: string) => name.startsWith('hugepages-');
const ofWholePod = (name: string) => name === 'cpu' || name === 'memory' || isHugePages(name);
const isEmpty = (amounts: Readonly<Amounts> | undefined) => Object.keys(amounts ?? {}).length === 0;

/** Huge pages, which are not shared out twice: where the pod has amounts, its limit is that of its containers. */
function defaultPodLimits(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources || (isEmpty(resources.limits) && isEmpty(resources.requests))) return;
  const limits: Amounts = resources.limits ?? {};
  for (const [name, amount] of Object.entries(aggregateOf(spec, 'limits')))
    if (isHugePages(name) && resources.requests?.[name] === undefined) limits[name] ??= amount;
  if (!isEmpty(limits)) resources.limits = limits;
}

/** Where the pod as a whole has limits: its requests are those of its containers, else the limits. */
function defaultPodRequests(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources || isEmpty(resources.limits)) return;
  const requests: Amounts = resources.requests ?? {};
  for (const [name, amount] of Object.entries(aggregateOf(spec, 'requests')))
    if (ofWholePod(name) && !isHugePages(name)) requests[name] ??= amount;
  for (const [name, limit] of Object.entries(resources.limits ?? {}))
    if (ofWholePod(name)) requests[name] ??= limit;
  if (!isEmpty(requests)) resources.requests = requests;
}
