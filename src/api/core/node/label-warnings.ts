/** Labels of nodes that have newer names, wherever something selects by them (upstream's api/node/util.go). */
import type { NodeSelectorTerm } from '../../../generated/core-v1.ts';
import { at, child } from '../../field-error.ts';
import { labelValue } from '../../meta/names.ts';

const DEPRECATED = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  [
    'failure-domain.beta.kubernetes.io/region',
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  ],
  [
    'failure-domain.beta.kubernetes.io/zone',
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ],
  [
    'beta.kubernetes.io/instance-type',
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  ],
]);

/** Of a map of labels. */
export function labelMapWarnings(
  path: string,
  labels: Readonly<Record<string, string>> | undefined,
): string[] {
  return Object.keys(labels ?? {})
    .sort()
    .flatMap(key => {
      const why = DEPRECATED.get(key);
      return why ? [`${at(path, key)}: ${why}`] : [];
    });
}

/** What is said of a label alone; undefined: it has no newer name. */
export const deprecatedLabel = (key: string): string | undefined => DEPRECATED.get(key);

/** Of a field that holds a key. */
export function labelKeyWarnings(path: string, key: string): string[] {
  const why = DEPRECATED.get(key);
  return why ? [`${path}: ${key} is ${why}`] : [];
}

/** `checksValues`: those of preferences are not validated, so they may be wrong. */
export function termWarnings(term: NodeSelectorTerm, path: string, checksValues: boolean): string[] {
  return (term.matchExpressions ?? []).flatMap(({ key, values }, i) => {
    const here = at(child(path, 'matchExpressions'), i);
    const wrong = (values ?? []).flatMap((value, j) =>
      labelValue(value).map(why => `${at(child(here, 'values'), j)}: ${value} is invalid, ${why}`),
    );
    return [...labelKeyWarnings(child(here, 'key'), key), ...(checksValues ? wrong : [])];
  });
}
