/** IntOrString values: numbers and percentages (apimachinery util/intstr). */

class PercentError extends Error {
  override readonly name = 'PercentError';
}

/** `10%` → 10; undefined for anything else. */
export function percentOf(value: number | string | undefined): number | undefined {
  if (typeof value !== 'string' || !/^[0-9]+%$/.test(value)) return undefined;
  return Number(value.slice(0, -1));
}

/**
 * The number itself, or that percentage of `total`, rounded up or down. Throws PercentError for a
 * string that is no percentage.
 */
export function scaledIntOrPercent(value: number | string, total: number, roundUp: boolean): number {
  if (typeof value === 'number') return value;
  const match = /^([-+]?[0-9]+)%$/.exec(value);
  if (!match) {
    throw new PercentError(`invalid value for IntOrString: invalid type: string is not a percentage`);
  }
  const exact = (Number(match[1]) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}

/** Messages for a string that should be a percentage: upstream's IsValidPercent. */
export function percentErrors(value: string): string[] {
  return /^[0-9]+%$/.test(value)
    ? []
    : [
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ];
}
