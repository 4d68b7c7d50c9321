/** What is wrong with a SubjectAccessReview of any form (upstream's pkg/apis/authorization/validation). */
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../../api/field-error.ts';
import { validateRequirement } from '../../api/meta/labels.ts';
import type { KubeObject } from '../../api/object.ts';
import type {
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from '../../generated/authorization-v1.ts';
import type { FieldSelectorRequirement } from '../../generated/meta-v1.ts';

export interface AccessReview extends KubeObject {
  spec?: SubjectAccessReviewSpec;
  status?: unknown;
}

const PATH = 'spec.nonResourceAttributes';
const RESOURCE = 'spec.resourceAttributes';

export function validateSelfReview(review: AccessReview): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  return [
    ...validateOneOf(resourceAttributes, nonResourceAttributes),
    ...validateSelectors(resourceAttributes),
    ...validateMetadata(review, 'must be empty'),
  ];
}

export function validateReview(review: AccessReview): FieldError[] {
  return [...validateSpec(review), ...validateMetadata(review, 'must be empty')];
}

/** Of one namespace: the one it is asked in. */
export function validateLocalReview(review: AccessReview): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {};
  const errors = [
    ...validateSpec(review),
    ...validateMetadata(review, 'must be empty except for namespace', 'namespace'),
  ];
  const wanted = resourceAttributes?.namespace ?? '';
  if (resourceAttributes && wanted !== review.metadata.namespace)
    errors.push(invalidValue(`${RESOURCE}.namespace`, wanted, 'must match metadata.namespace'));
  if (nonResourceAttributes)
    errors.push(invalidValue(PATH, shownPath(nonResourceAttributes), 'disallowed on this kind of request'));
  return errors;
}

function validateSpec({ spec }: AccessReview): FieldError[] {
  const { user = '', groups = [], resourceAttributes, nonResourceAttributes } = spec ?? {};
  const nobody = 'at least one of user or group must be specified';
  return [
    ...validateOneOf(resourceAttributes, nonResourceAttributes),
    ...(user === '' && groups.length === 0 ? [invalidValue('spec.user', '', nobody)] : []),
    ...validateSelectors(resourceAttributes),
  ];
}

function validateOneOf(
  resource: ResourceAttributes | undefined,
  path: NonResourceAttributes | undefined,
): FieldError[] {
  if (resource && path)
    return [
      invalidValue(PATH, shownPath(path), 'cannot be specified in combination with resourceAttributes'),
    ];
  if (resource || path) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalidValue(RESOURCE, null, why)];
}

/** As upstream's struct prints: it has no JSON names. */
const shownPath = ({ path = '', verb = '' }: NonResourceAttributes) => ({ Path: path, Verb: verb });

function validateSelectors(resource: ResourceAttributes | undefined): FieldError[] {
  const { fieldSelector, labelSelector } = resource ?? {};
  return [
    ...validateSelector(fieldSelector, `${RESOURCE}.fieldSelector`, validateFieldRequirement),
    ...validateSelector(labelSelector, `${RESOURCE}.labelSelector`, (requirement, path) =>
      validateRequirement(requirement, path, { allowUnknownOperators: true }),
    ),
  ];
}

/** Operators that are not known are for newer servers to understand: they are left out, not refused. */
function validateSelector<R>(
  selector: { rawSelector?: string | undefined; requirements?: R[] | undefined } | undefined,
  path: string,
  check: (requirement: R, path: string) => FieldError[],
): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector && requirements.length > 0) {
    const why = 'may not specified at the same time as requirements';
    errors.push(invalidValue(child(path, 'rawSelector'), rawSelector, why));
  }
  if (!rawSelector && requirements.length === 0) {
    const why = `when ${path} is specified, requirements or rawSelector is required`;
    errors.push(required(child(path, 'requirements'), why));
  }
  return [...errors, ...requirements.flatMap((r, i) => check(r, at(child(path, 'requirements'), i)))];
}

function validateFieldRequirement(
  { key, operator, values = [] }: FieldSelectorRequirement,
  path: string,
): FieldError[] {
  const errors = key ? [] : [required(child(path, 'key'), 'must be specified')];
  const where = child(path, 'values');
  const listed = operator === 'In' || operator === 'NotIn';
  if (listed && values.length === 0)
    errors.push(required(where, "must be specified when `operator` is 'In' or 'NotIn'"));
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    errors.push(forbiddenField(where, why));
  }
  return errors;
}

/** In the order in which Go prints them. */
const METADATA = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

/** Nothing is named or kept; managedFields are the server's own. */
function validateMetadata({ metadata }: AccessReview, why: string, allowed = ''): FieldError[] {
  const given = METADATA.filter(field => metadata[field] !== undefined && metadata[field] !== '');
  if (given.every(field => field === allowed || field === 'managedFields')) return [];
  return [invalidValue('metadata', Object.fromEntries(given.map(field => [field, metadata[field]])), why)];
}
