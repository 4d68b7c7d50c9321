/** What all kinds of resource.k8s.io say of devices: drivers, selectors, settings and attributes. */
import type {
  DeviceAttribute,
  DeviceSelector,
  DeviceTaint,
  DeviceToleration,
  OpaqueDeviceConfiguration,
} from '../../generated/resource-v1.ts';
import { compile } from '../cel/compile.ts';
import { KUBERNETES_TYPES } from '../cel/kubernetes-functions.ts';
import { BOOL, DYN, isDyn, map, object, STRING, sameType, typeName } from '../cel/types.ts';
import { at, child, duplicate, type FieldError, invalidValue, required, tooLong } from '../field-error.ts';
import { validateLabelKey } from '../meta/labels.ts';
import { cIdentifier, dnsSubdomain, labelValue } from '../meta/names.ts';
import { checked, enumeration, optionalEnumeration } from '../validation/checks.ts';
import { validateDriverName } from '../validation/driver-name.ts';
import { toInternal } from '../validation/internal-form.ts';
import { checkList } from './lists.ts';

const SELECTORS_MAX = 32;
const EXPRESSION_MAX = 10 * 1024;
const DATA_MAX = 10 * 1024;
const IDENTIFIER_MAX = 32;
const CONDITIONS_MAX = 4;
const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];
const ATTRIBUTE_STRING_MAX = 64;
const POOL_NAME_MAX = 253;

/** Domains joined by slashes. */
export function validatePoolName(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  const errors = name.length > POOL_NAME_MAX ? [tooLong(path, POOL_NAME_MAX)] : [];
  return [...errors, ...name.split('/').flatMap(part => checked(path, part, v => dnsSubdomain(v)))];
}

/** What a selector sees of a device (KEP-4381). */
const DEVICE = object('kubernetes.DRADevice', {
  driver: STRING,
  attributes: map(STRING, map(STRING, DYN)),
  capacity: map(STRING, map(STRING, object(KUBERNETES_TYPES.Quantity ?? '', {}))),
  allowMultipleAllocations: BOOL,
});

export function validateSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: string,
): FieldError[] {
  return checkList(
    selectors,
    path,
    ({ cel }, here) => {
      const where = child(here, 'cel');
      return cel ? validateExpression(cel.expression ?? '', child(where, 'expression')) : [required(where)];
    },
    SELECTORS_MAX,
  );
}

function validateExpression(expression: string, path: string): FieldError[] {
  if (Buffer.byteLength(expression) > EXPRESSION_MAX) return [tooLong(path, EXPRESSION_MAX)];
  const compiled = compile(expression, { device: DEVICE });
  if ('error' in compiled) return [invalidValue(path, expression, `compilation failed: ${compiled.error}`)];
  if (sameType(compiled.type, BOOL) || isDyn(compiled.type)) return [];
  const why = `must evaluate to bool or the unknown type, not ${typeName(compiled.type)}`;
  return [invalidValue(path, expression, why)];
}

/** Settings that only a driver understands. */
export function validateOpaque(opaque: OpaqueDeviceConfiguration | undefined, path: string): FieldError[] {
  if (!opaque) return [required(path)];
  return [
    ...validateDriverName(opaque.driver, child(path, 'driver')),
    ...validateData(opaque.parameters, child(path, 'parameters')),
  ];
}

/** An object of any form, not too large. */
export function validateData(data: unknown, path: string): FieldError[] {
  if (data === undefined || data === null) return [required(path)];
  if (Buffer.byteLength(JSON.stringify(data)) > DATA_MAX) return [tooLong(path, DATA_MAX)];
  return typeof data === 'object' && !Array.isArray(data)
    ? []
    : [invalidValue(path, '<value omitted>', 'must be a valid JSON object')];
}

/** A name with an optional domain: `x`, or `d.example.com/x`. */
export function validateQualified(name: string, path: string): FieldError[] {
  const parts = name.split('/');
  if (name === '') return [required(path)];
  if (parts.length > 2) return [invalidValue(path, name, 'must not contain more than one slash')];
  if (parts.length === 1) return validateIdentifier(name, path);
  const [domain = '', id = ''] = parts;
  return [
    ...(domain === ''
      ? [invalidValue(path, '', 'the domain must not be empty')]
      : validateDriverName(domain, path)),
    ...(id === '' ? [invalidValue(path, '', 'the name must not be empty')] : validateIdentifier(id, path)),
  ];
}

export function validateFullyQualified(name: string, path: string): FieldError[] {
  const errors = validateQualified(name, path);
  if (!name.includes('/') && name !== '') {
    errors.push(
      invalidValue(path, name, 'a fully qualified name must be a domain and a name separated by a slash'),
    );
  }
  return errors;
}

function validateIdentifier(id: string, path: string): FieldError[] {
  const errors = id.length > IDENTIFIER_MAX ? [tooLong(path, IDENTIFIER_MAX)] : [];
  return [...errors, ...checked(path, id, cIdentifier)];
}

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** Exactly one value, of the type that its field names. */
export function validateAttribute(attribute: DeviceAttribute, path: string): FieldError[] {
  const given = Object.keys(attribute);
  if (given.length === 0) return [invalidValue(path, '', 'exactly one value must be specified')];
  const errors: FieldError[] = [];
  if (given.length > 1) {
    const shown = toInternal('DeviceAttribute', attribute);
    errors.push(invalidValue(path, shown, 'exactly one value must be specified'));
  }
  if (attribute.string !== undefined && Buffer.byteLength(attribute.string) > ATTRIBUTE_STRING_MAX) {
    errors.push(tooLong(child(path, 'string'), ATTRIBUTE_STRING_MAX));
  }
  const { version } = attribute;
  if (version !== undefined) {
    const here = child(path, 'version');
    if (!SEMVER.test(version)) {
      errors.push(invalidValue(here, version, 'must be a string compatible with semver.org spec 2.0.0'));
    }
    if (Buffer.byteLength(version) > ATTRIBUTE_STRING_MAX) errors.push(tooLong(here, ATTRIBUTE_STRING_MAX));
  }
  return errors;
}

export function validateTaint(taint: DeviceTaint, path: string): FieldError[] {
  return [
    ...validateLabelKey(taint.key, child(path, 'key')),
    ...checked(child(path, 'value'), taint.value ?? '', labelValue),
    ...enumeration(child(path, 'effect'), taint.effect, EFFECTS),
  ];
}

export function validateToleration(toleration: DeviceToleration, path: string): FieldError[] {
  const { key = '', operator = '', value = '', effect } = toleration;
  const valuePath = child(path, 'value');
  const errors = key === '' ? [] : validateLabelKey(key, child(path, 'key'));
  if (operator === 'Exists') {
    if (value !== '') errors.push(invalidValue(valuePath, value, 'must be empty for operator `Exists`'));
  } else if (operator === 'Equal') errors.push(...checked(valuePath, value, labelValue));
  else errors.push(...enumeration(child(path, 'operator'), operator, ['Equal', 'Exists']));
  return effect ? [...errors, ...optionalEnumeration(child(path, 'effect'), effect, EFFECTS)] : errors;
}

/** Conditions under which a device is bound, and under which that failed: both or neither. */
export function validateBinding(
  bindingConditions: readonly string[] | undefined,
  bindingFailureConditions: readonly string[] | undefined,
  path: string,
): FieldError[] {
  const bound = bindingConditions ?? [];
  const failed = bindingFailureConditions ?? [];
  const [boundPath, failedPath] = [child(path, 'bindingConditions'), child(path, 'bindingFailureConditions')];
  const errors = [
    ...checkList(bound, boundPath, validateLabelKey, CONDITIONS_MAX),
    ...checkList(failed, failedPath, validateLabelKey, CONDITIONS_MAX),
  ];
  bound.forEach((condition, i) => {
    if (bound.indexOf(condition) < i) errors.push(duplicate(at(boundPath, i), condition));
  });
  failed.forEach((condition, i) => {
    if (failed.indexOf(condition) < i) errors.push(duplicate(at(failedPath, i), condition));
    if (bound.includes(condition)) {
      const why = 'bindingFailureConditions must not overlap with bindingConditions';
      errors.push(invalidValue(at(failedPath, i), condition, why));
    }
  });
  if (bound.length === 0 && failed.length > 0) {
    const why = 'bindingConditions are required to use bindingFailureConditions';
    errors.push(invalidValue(boundPath, null, why));
  }
  if (failed.length === 0 && bound.length > 0) {
    const why = 'bindingFailureConditions are required to use bindingConditions';
    errors.push(invalidValue(failedPath, null, why));
  }
  return errors;
}
