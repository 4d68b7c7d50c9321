/** Tolerations, spreading over topologies and scheduling gates. */
import type { PodSchedulingGate, Toleration, TopologySpreadConstraint } from '../../../generated/core-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
} from '../../field-error.ts';
import { validateLabelKey, validateLabelSelector } from '../../meta/labels.ts';
import { labelValue } from '../../meta/names.ts';
import { checkQualifiedName, enumeration, optionalEnumeration, positive } from '../../validation/checks.ts';
import { validateKeyLists } from './affinity.ts';
import type { PodValidationOptions } from './options.ts';

const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  return tolerations.flatMap((toleration, i) => validateToleration(toleration, at(path, i)));
}

function validateToleration(toleration: Toleration, path: string): FieldError[] {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  const operatorPath = child(path, 'operator');
  const errors = key === '' ? [] : validateLabelKey(key, child(path, 'key'));
  if (key === '' && operator !== 'Exists') {
    errors.push(
      invalidValue(
        operatorPath,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(
      invalidValue(
        child(path, 'effect'),
        effect,
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      ),
    );
  }
  if (operator === '' || operator === 'Equal') {
    const wrong = labelValue(value);
    if (wrong.length > 0) errors.push(invalidValue(operatorPath, value, wrong.join(';')));
  } else if (operator === 'Exists') {
    if (value !== '') {
      errors.push(invalidValue(operatorPath, value, "value must be empty when `operator` is 'Exists'"));
    }
  } else {
    // Those that compare numbers are known, but are of a feature that v1.36 has off.
    const compares = operator === 'Lt' || operator === 'Gt';
    errors.push(notSupported(operatorPath, operator, ['Equal', 'Exists', ...(compares ? ['Lt', 'Gt'] : [])]));
  }
  if (effect !== '') errors.push(...enumeration(child(path, 'effect'), effect, TAINT_EFFECTS));
  return errors;
}

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  options: PodValidationOptions,
): FieldError[] {
  return constraints.flatMap((constraint, i) => {
    const here = at(path, i);
    const { topologyKey, whenUnsatisfiable } = constraint;
    const repeated = constraints
      .slice(i + 1)
      .some(c => c.topologyKey === topologyKey && c.whenUnsatisfiable === whenUnsatisfiable);
    const pair = child(here, '{topologyKey, whenUnsatisfiable}');
    return [
      ...positive(child(here, 'maxSkew'), constraint.maxSkew),
      // Not what a label may be called: upstream asks for no more.
      ...(topologyKey === '' ? [required(child(here, 'topologyKey'), 'can not be empty')] : []),
      ...optionalEnumeration(child(here, 'whenUnsatisfiable'), whenUnsatisfiable, [
        'DoNotSchedule',
        'ScheduleAnyway',
      ]),
      ...(repeated ? [duplicate(pair, `{${topologyKey}, ${whenUnsatisfiable}}`)] : []),
      ...validateMinDomains(constraint, child(here, 'minDomains')),
      ...optionalEnumeration(child(here, 'nodeAffinityPolicy'), constraint.nodeAffinityPolicy, [
        'Honor',
        'Ignore',
      ]),
      ...optionalEnumeration(child(here, 'nodeTaintsPolicy'), constraint.nodeTaintsPolicy, [
        'Honor',
        'Ignore',
      ]),
      ...validateKeyLists(constraint, here),
      ...validateLabelSelector(constraint.labelSelector, child(here, 'labelSelector'), {
        allowInvalidValues: options.allowInvalidLabelValueInSelector,
      }),
    ];
  });
}

function validateMinDomains(
  { minDomains, whenUnsatisfiable }: TopologySpreadConstraint,
  path: string,
): FieldError[] {
  if (minDomains === undefined) return [];
  const errors = positive(path, minDomains);
  if (whenUnsatisfiable !== 'DoNotSchedule') {
    errors.push(
      invalidValue(
        path,
        minDomains,
        `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
      ),
    );
  }
  return errors;
}

export function validateSchedulingGates(gates: readonly PodSchedulingGate[], path: string): FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap(({ name }, i) => {
    const errors = checkQualifiedName(at(path, i), name);
    if (seen.has(name)) errors.push(duplicate(at(path, i), name));
    seen.add(name);
    return errors;
  });
}
