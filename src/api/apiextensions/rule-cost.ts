/** What the rules of a version cost at worst, and what is said when that is too much. */
import type { Compiled } from '../cel/compile.ts';
import { estimateCost } from '../cel/cost/cost.ts';
import { LIMIT } from '../cel/cost/range.ts';
import { type FieldError, forbiddenField } from '../field-error.ts';
import { mostOften, type Sizes, sizeAt } from './rule-sizes.ts';

/** Of one rule, and of all rules of a version. */
const RULE_BUDGET = 10_000_000n;
const TOTAL_BUDGET = 100_000_000n;
/** From here on a rule counts as one that made the total too much; no more than four are told. */
const EXPENSIVE = TOTAL_BUDGET / 100n;
const MOST_TOLD = 4;
/** The message gives no number beyond this factor. */
const FAR_BEYOND = 100;
const BARELY = 1.5;

/** @returns what a compiled expression costs once; 0 if it is wrong */
export function costOf(compiled: Compiled, self: Sizes): bigint {
  if (!('node' in compiled)) return 0n;
  return estimateCost(compiled.node, { ...compiled, sizeAt: path => sizeAt(self, path) }).max;
}

/** @param cardinality how often the value occurs at most; undefined: the schema does not say */
export function wholeCost(cost: bigint, self: Sizes, cardinality: number | undefined): bigint {
  const whole = cost * (cardinality === undefined ? mostOften(self) : BigInt(Math.min(cardinality, 2 ** 63)));
  return whole > LIMIT ? LIMIT : whole;
}

export const ruleTooExpensive = (what: string, path: string, cost: bigint): FieldError[] =>
  tooExpensive(what, path, cost, RULE_BUDGET);

function tooExpensive(what: string, path: string, cost: bigint, budget: bigint): FieldError[] {
  if (cost <= budget) return [];
  const factor = Number(cost) / Number(budget);
  const far = `more than ${FAR_BEYOND}x`;
  const shown = factor > FAR_BEYOND ? far : `${factor.toFixed(factor < BARELY ? 6 : 1)}x`;
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return [forbiddenField(path, `${what} exceeds budget by factor of ${shown} (${advice})`)];
}

/** Adds up what is observed. */
export class TotalCost {
  private total = 0n;
  private most: { readonly path: string; readonly cost: bigint }[] = [];

  observe(path: string, cost: bigint): void {
    this.total = this.total + cost > LIMIT ? LIMIT : this.total + cost;
    if (cost < EXPENSIVE) return;
    const sorted = [...this.most, { path, cost }].sort((a, b) =>
      a.cost < b.cost ? 1 : a.cost > b.cost ? -1 : 0,
    );
    this.most = sorted.slice(0, MOST_TOLD);
  }

  errors(path: string): FieldError[] {
    if (this.total <= TOTAL_BUDGET) return [];
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    const share = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    return [
      ...this.most.map(rule => forbiddenField(rule.path, share)),
      ...tooExpensive(what, path, this.total, TOTAL_BUDGET),
    ];
  }
}
