/** What the containers of a pod ask for together (component-helpers resource, KEP-753). */
import { ownField, setOwnField } from '../../../base/own-field.ts';
import type { PodSpec } from '../../../generated/core-v1.ts';
import { addQuantities, compareQuantities, formatQuantity } from '../../quantity.ts';

export type Amounts = Record<string, string>;

/**
 * The larger of what runs in the end (containers and sidecars) and of what the largest step of
 * initialisation takes.
 */
export function aggregateOf(spec: PodSpec, kind: 'requests' | 'limits'): Amounts {
  const running: Amounts = {};
  for (const { resources } of spec.containers ?? []) add(running, resources?.[kind]);
  const sidecars: Amounts = {};
  const steps: Amounts = {};
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const step: Amounts = { ...sidecars };
    add(step, resources?.[kind]);
    if (restartPolicy === 'Always') {
      add(sidecars, resources?.[kind]);
      add(running, resources?.[kind]);
    }
    raise(steps, step);
  }
  raise(running, steps);
  return running;
}

/**
 * Of the whole pod: what is set for it as a whole goes before, its overhead comes on top (of limits
 * only where there is one).
 */
export function podAmountsOf(spec: PodSpec, kind: 'requests' | 'limits'): Amounts {
  const total = aggregateOf(spec, kind);
  for (const [name, amount] of Object.entries(spec.resources?.[kind] ?? {})) setOwnField(total, name, amount);
  const overhead = Object.entries(spec.overhead ?? {});
  const counted = overhead.filter(([name]) => kind === 'requests' || ownField(total, name) !== undefined);
  add(total, Object.fromEntries(counted));
  return total;
}

function add(totals: Amounts, amounts: Readonly<Amounts> | undefined): void {
  for (const [name, amount] of Object.entries(amounts ?? {})) {
    setOwnField(totals, name, formatQuantity(addQuantities(ownField(totals, name) ?? '0', amount)));
  }
}

function raise(totals: Amounts, amounts: Readonly<Amounts>): void {
  for (const [name, amount] of Object.entries(amounts)) {
    const before = ownField(totals, name);
    if (before === undefined || compareQuantities(amount, before) > 0) setOwnField(totals, name, amount);
  }
}
