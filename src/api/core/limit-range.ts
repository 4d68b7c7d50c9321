import { ownField } from '../../base/own-field.ts';
import { newUid } from '../../base/uid.ts';
import type { LimitRange, LimitRangeItem } from '../../generated/core-v1.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
} from '../field-error.ts';
import { compareQuantities, quantityMilliValue } from '../quantity.ts';
import { checkQualifiedName, entriesOf } from '../validation/checks.ts';
import {
  isOvercommitAllowed,
  validateContainerResourceName,
  validateResourceName,
} from '../validation/resource-names.ts';

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
/** In the order in which upstream looks at them. */
const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** For containers, what is left out follows from what is said: max → default → defaultRequest ← min. */
function defaults({ spec }: LimitRange): void {
  for (const item of spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    const limit = { ...item.max, ...item.default };
    const request = { ...item.min, ...limit, ...item.defaultRequest };
    if (Object.keys(limit).length > 0) item.default = limit;
    if (Object.keys(request).length > 0) item.defaultRequest = request;
  }
}

function validateType(type: string, path: string): FieldError[] {
  const errors = checkQualifiedName(path, type);
  if (errors.length > 0 || type.includes('/') || TYPES.includes(type)) return errors;
  return [invalidValue(path, type, 'must be a standard limit type or fully qualified')];
}

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const forPods = item.type === 'Pod';
  const checkName =
    forPods || item.type === 'Container' ? validateContainerResourceName : validateResourceName;
  const errors: FieldError[] = [];
  for (const list of LISTS) {
    if (forPods && (list === 'default' || list === 'defaultRequest')) {
      if (item[list])
        errors.push(forbiddenField(child(path, list), "may not be specified when `type` is 'Pod'"));
      continue;
    }
    if (list === 'maxLimitRequestRatio' && lacksStorage(item)) {
      const why = 'either minimum or maximum storage value is required, but neither was provided';
      errors.push(required(child(path, 'limits'), why));
    }
    for (const [resource] of entriesOf(item[list])) {
      errors.push(...checkName(resource, at(child(path, list), resource)));
    }
  }
  const resources = new Set(LISTS.flatMap(list => Object.keys(item[list] ?? {})));
  return [...errors, ...[...resources].sort().flatMap(resource => validateAmounts(item, resource, path))];
}

const lacksStorage = ({ type, min, max }: LimitRangeItem) =>
  type === 'PersistentVolumeClaim' && !min?.storage && !max?.storage;

/** min ≤ defaultRequest ≤ default ≤ max, for those that are given. */
function validateAmounts(item: LimitRangeItem, resource: string, path: string): FieldError[] {
  const forPods = item.type === 'Pod';
  const [min, max, ratio] = [
    ownField(item.min, resource),
    ownField(item.max, resource),
    ownField(item.maxLimitRequestRatio, resource),
  ];
  const limit = forPods ? undefined : ownField(item.default, resource);
  const request = forPods ? undefined : ownField(item.defaultRequest, resource);
  const errors: FieldError[] = [];
  const field = (list: string) => at(child(path, list), resource);
  const ordered = (
    low: string | undefined,
    high: string | undefined,
    [list, shown]: readonly [string, string | undefined],
    [lowName, highName]: readonly [string, string],
  ) => {
    if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) return;
    errors.push(
      invalidValue(field(list), shown, `${lowName} value ${low} is greater than ${highName} value ${high}`),
    );
  };
  ordered(min, max, ['min', min], ['min', 'max']);
  ordered(min, request, ['defaultRequest', request], ['min', 'default request']);
  ordered(request, max, ['defaultRequest', request], ['default request', 'max']);
  ordered(request, limit, ['defaultRequest', request], ['default request', 'default limit']);
  ordered(min, limit, ['default', min], ['min', 'default']);
  ordered(limit, max, ['default', max], ['default', 'max']);
  if (ratio !== undefined) errors.push(...validateRatio(ratio, min, max, field('maxLimitRequestRatio')));
  if (limit && request && !isOvercommitAllowed(resource) && compareQuantities(limit, request) !== 0) {
    const why = `default value ${limit} must equal to defaultRequest value ${request} in ${resource}`;
    errors.push(invalidValue(field('defaultRequest'), request, why));
  }
  return errors;
}

function validateRatio(
  ratio: string,
  min: string | undefined,
  max: string | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (compareQuantities(ratio, '1') < 0)
    errors.push(invalidValue(path, ratio, `ratio ${ratio} is less than 1`));
  if (min === undefined || max === undefined) return errors;
  const widest = Number(quantityMilliValue(max)) / Number(quantityMilliValue(min));
  if (Number(quantityMilliValue(ratio)) / 1000 > widest) {
    errors.push(invalidValue(path, ratio, `ratio ${ratio} is greater than max/min = ${widest.toFixed(6)}`));
  }
  return errors;
}

function validate({ spec }: LimitRange): FieldError[] {
  const types = new Set<string>();
  return (spec?.limits ?? []).flatMap((item, i) => {
    const path = at('spec.limits', i);
    const errors = validateType(item.type, child(path, 'type'));
    if (types.has(item.type)) errors.push(duplicate(child(path, 'type'), item.type));
    types.add(item.type);
    return [...errors, ...validateItem(item, path)];
  });
}

export const limitRange = defineKind<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.LimitRange',
  allowCreateOnUpdate: true,
  defaults,
  // The one kind that needs no name.
  prepareForCreate: (o, { random }) => {
    if (!o.metadata.generateName) o.metadata.name ||= newUid(random);
  },
  validate,
  columns: [name, createdAt],
});
