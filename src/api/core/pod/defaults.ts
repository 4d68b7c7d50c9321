/** What a Pod gets besides the defaults of its spec; templates do not, so that they stay as written. */
import { ownField, setOwnField } from '../../../base/own-field.ts';
import type { Container, Pod, PodSpec } from '../../../generated/core-v1.ts';
import { addQuantities, compareQuantities, formatQuantity } from '../../quantity.ts';
import { defaultPodSpec } from '../pod-spec/defaults.ts';

export function defaultPod({ spec }: Pod): void {
  defaultPodSpec(spec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestsFromLimits(container);
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
  defaultPodRequests(spec);
  spec.enableServiceLinks ??= true;
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

/** Where the pod as a whole has limits: its requests are those of its containers, else the limits. */
function defaultPodRequests(spec: PodSpec): void {
  const limits = spec.resources?.limits;
  if (!spec.resources || !limits || Object.keys(limits).length === 0) return;
  const requests: Record<string, string> = spec.resources.requests ?? {};
  for (const [name, amount] of Object.entries(containerRequests(spec))) {
    if (ofWholePod(name) && !isHugePages(name)) requests[name] ??= amount;
  }
  for (const [name, limit] of Object.entries(limits)) if (ofWholePod(name)) requests[name] ??= limit;
  if (Object.keys(requests).length > 0) spec.resources.requests = requests;
}

type Amounts = Record<string, string>;

/**
 * What the containers of a pod request together: the larger of what runs in the end (containers
 * and sidecars) and of what the largest step of initialisation takes (KEP-753).
 */
export function containerRequests(spec: PodSpec): Amounts {
  const running: Amounts = {};
  for (const { resources } of spec.containers ?? []) add(running, resources?.requests);
  const sidecars: Amounts = {};
  const steps: Amounts = {};
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const step: Amounts = { ...sidecars };
    add(step, resources?.requests);
    if (restartPolicy === 'Always') {
      add(sidecars, resources?.requests);
      add(running, resources?.requests);
    }
    raise(steps, step);
  }
  raise(running, steps);
  return running;
}

function add(totals: Amounts, amounts: Readonly<Amounts> | undefined): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    setOwnField(totals, name, formatQuantity(addQuantities(ownField(totals, name) ?? '0', amount)));
  }
}

function raise(totals: Amounts, amounts: Readonly<Amounts>): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (compareQuantities(amount, ownField(totals, name) ?? '0') > 0) setOwnField(totals, name, amount);
  }
}
