import type { Toleration } from '../../generated/core-v1.ts';
import type { RuntimeClass } from '../../generated/node-v1.ts';
import { age, column, name } from '../columns.ts';
import { deprecatedLabel } from '../core/node/label-warnings.ts';
import { validateTolerations } from '../core/pod-spec/scheduling.ts';
import { defineKind } from '../define.ts';
import { at, duplicate, type FieldError, required } from '../field-error.ts';
import { validateLabels } from '../meta/labels.ts';
import { checkDnsLabel, entriesOf, immutable, semanticEqual } from '../validation/checks.ts';
import { validateContainerResourceName, validateResourceAmount } from '../validation/resource-names.ts';

function validate({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  return [
    ...(handler ? checkDnsLabel('handler', handler) : [required('handler')]),
    ...entriesOf(overhead?.podFixed).flatMap(([resource, amount]) => {
      // Upstream checks it as the limits of a container, and says so.
      const path = at('overhead.limits', resource);
      return [
        ...validateContainerResourceName(resource, path),
        ...validateResourceAmount(resource, amount, path),
      ];
    }),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateOwnTolerations(scheduling?.tolerations ?? []),
  ];
}

function validateOwnTolerations(tolerations: readonly Toleration[]): FieldError[] {
  const path = 'scheduling.tolerations';
  return [
    ...validateTolerations(tolerations, path),
    ...tolerations.flatMap((toleration, i) =>
      tolerations.findIndex(other => semanticEqual(other, toleration)) < i
        ? [duplicate(at(path, i), shown(toleration))]
        : [],
    ),
  ];
}

/** As upstream's struct prints: it has no JSON names. */
const shown = (t: Toleration) => ({
  Key: t.key ?? '',
  Operator: t.operator ?? '',
  Value: t.value ?? '',
  Effect: t.effect ?? '',
  TolerationSeconds: t.tolerationSeconds ?? null,
});

export const runtimeClass = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate,
  validateUpdate: (next, old) => [...validate(next), ...immutable('handler', next.handler, old.handler)],
  // Upstream does not say which label.
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap(key => {
      const why = deprecatedLabel(key);
      return why ? [`scheduling.nodeSelector: ${why}`] : [];
    }),
  columns: [name, column('Handler', o => o.handler), age],
});
