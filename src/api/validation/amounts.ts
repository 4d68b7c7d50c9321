/** Amounts of resources as the server keeps them (upstream's SetDefaults_ResourceList). */
import { formatQuantity, parseQuantity, quantityOf, scaledValue } from '../quantity.ts';

type Amounts = Record<string, string> | undefined;

/** Changes `list`: amounts finer than a thousandth are rounded up to one. */
export function roundToMilli(list: Amounts): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(text);
    if (quantity.exponent < -3 && list) {
      list[name] = formatQuantity(quantityOf(scaledValue(quantity, -3), quantity.format, -3));
    }
  }
}

/** The same for what is limited and requested. */
export function roundResources(
  resources: { readonly limits?: Amounts; readonly requests?: Amounts } | undefined,
): void {
  roundToMilli(resources?.limits);
  roundToMilli(resources?.requests);
}
