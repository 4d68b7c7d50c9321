/** Names of compute resources, quota resources and amounts of them: upstream's core helpers. */
import { type FieldError, invalidValue } from '../field-error.ts';
import { qualifiedName } from '../meta/names.ts';
import { compareQuantities, quantityMilliValue } from '../quantity.ts';
import { checkQualifiedName } from './checks.ts';

const COUNTED = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const CONTAINER = ['cpu', 'memory', 'ephemeral-storage'];
const QUALIFIED = [...CONTAINER, 'storage']
  .map(r => `requests.${r}`)
  .concat(CONTAINER.map(r => `limits.${r}`));

const integer = new Set(COUNTED);
const container = new Set(CONTAINER);
const quota = new Set([...CONTAINER, ...QUALIFIED, ...COUNTED]);
const standard = new Set([...quota, 'storage']);

const isHugePages = (name: string) => name.startsWith('hugepages-');

/** Kubernetes' own: without a domain, or with one of kubernetes.io. */
const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return qualifiedName(`requests.${name}`).length === 0;
}

const isIntegerResource = (name: string): boolean => integer.has(name) || isExtendedResource(name);
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);
export const isQuotaResource = (name: string): boolean =>
  quota.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');

export function validateResourceName(name: string, path: string): FieldError[] {
  const errors = checkQualifiedName(path, name);
  if (errors.length > 0 || name.includes('/') || standard.has(name) || isQuotaResource(name)) return errors;
  return [invalidValue(path, name, 'must be a standard resource type or fully qualified')];
}

export function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    if (container.has(name) || isHugePages(name)) return errors;
    return [...errors, invalidValue(path, name, 'must be a standard resource for containers')];
  }
  if (isNativeResource(name) || isExtendedResource(name)) return errors;
  return [...errors, invalidValue(path, name, "doesn't follow extended resource name standard")];
}

export function validateQuotaResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (name.includes('/') || isQuotaResource(name)) return errors;
  return [...errors, invalidValue(path, name, 'must be a standard resource for quota')];
}

/** Not negative, and whole where parts make no sense. */
export function validateResourceAmount(name: string, amount: string, path: string): FieldError[] {
  const errors = nonNegativeQuantity(amount, path);
  if (isIntegerResource(name) && quantityMilliValue(amount) % 1000n !== 0n) {
    errors.push(invalidValue(path, amount, 'must be an integer'));
  }
  return errors;
}

export function nonNegativeQuantity(amount: string, path: string): FieldError[] {
  return compareQuantities(amount, '0') < 0
    ? [invalidValue(path, amount, 'must be greater than or equal to 0')]
    : [];
}
