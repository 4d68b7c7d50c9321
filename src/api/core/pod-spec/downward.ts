/** References to fields of the pod and to resources of its containers, in env and in volumes. */
import type { ObjectFieldSelector, ResourceFieldSelector } from '../../../generated/core-v1.ts';
import { child, type FieldError, invalidValue, notSupported, required } from '../../field-error.ts';
import { qualifiedName } from '../../meta/names.ts';
import { canonicalQuantity } from '../../quantity.ts';
import { checked } from '../../validation/checks.ts';

export const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
export const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...VOLUME_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);
const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** `metadata.labels['a']` → [metadata.labels, a]; undefined: no subscript. */
function splitSubscript(path: string): readonly [path: string, subscript: string] | undefined {
  const start = path.indexOf("['");
  return path.endsWith("']") && start > 0 ? [path.slice(0, start), path.slice(start + 2, -2)] : undefined;
}

export function validateFieldRef(
  ref: ObjectFieldSelector,
  path: string,
  allowed: readonly string[],
): FieldError[] {
  const fieldPath = child(path, 'fieldPath');
  if (!ref.apiVersion) return [required(child(path, 'apiVersion'))];
  if (!ref.fieldPath) return [required(fieldPath)];
  const cannot = (why: string) => [
    invalidValue(fieldPath, ref.fieldPath, `error converting fieldPath: ${why}`),
  ];
  if (ref.apiVersion !== 'v1') return cannot(`unsupported pod version: ${ref.apiVersion}`);
  const subscripted = splitSubscript(ref.fieldPath);
  if (subscripted) {
    const [field, subscript] = subscripted;
    if (field === 'metadata.labels') return checked(path, subscript, qualifiedName);
    if (field === 'metadata.annotations') return checked(path, subscript.toLowerCase(), qualifiedName);
    return cannot(`field label does not support subscript: ${ref.fieldPath}`);
  }
  const known = ref.fieldPath === 'spec.host' ? 'spec.nodeName' : ref.fieldPath;
  if (!KNOWN_FIELDS.has(known)) return cannot(`field label not supported: ${ref.fieldPath}`);
  return allowed.includes(known) ? [] : [notSupported(fieldPath, known, allowed)];
}

export function validateResourceFieldRef(
  ref: ResourceFieldSelector,
  path: string,
  options: { readonly inVolume: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  const { resource } = ref;
  const hugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (options.inVolume && !ref.containerName) errors.push(required(child(path, 'containerName')));
  else if (resource === '') errors.push(required(child(path, 'resource')));
  else if (!RESOURCES.includes(resource) && !hugePages) {
    errors.push(notSupported(child(path, 'resource'), resource, RESOURCES));
  }
  const divisor = canonicalQuantity(ref.divisor ?? '0');
  if (divisor === '0') return errors;
  const only = (allowed: readonly string[], what: string) => {
    if (!allowed.includes(divisor)) {
      const list = allowed.length === 2 ? allowed.join(' and ') : allowed.join(', ');
      errors.push(
        invalidValue(
          child(path, 'divisor'),
          resource,
          `only divisor's values ${list} are supported with the ${what} resource`,
        ),
      );
    }
  };
  if (resource.endsWith('.cpu')) only(['1m', '1'], 'cpu');
  else if (resource.endsWith('.memory')) only(BYTE_DIVISORS, 'memory');
  else if (hugePages) only(BYTE_DIVISORS, 'hugepages');
  else if (resource.endsWith('.ephemeral-storage')) only(BYTE_DIVISORS, 'local ephemeral storage');
  return errors;
}
