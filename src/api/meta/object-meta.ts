/**
 * Validation of metadata: upstream's ValidateObjectMeta and ValidateObjectMetaUpdate
 * (apimachinery pkg/api/validation/objectmeta.go), in upstream's order and wording.
 */
import type { ObjectMeta, OwnerReference } from '../../generated/meta-v1.ts';
import {
  at,
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from '../field-error.ts';
import type { NameRule } from '../kind.ts';
import { IMMUTABLE, semanticEqual } from '../validation/checks.ts';
import { goJson, OWNER_REFERENCE_ORDER } from './go-json.ts';
import { validateLabels } from './labels.ts';
import { validateManagedFields } from './managed-fields.ts';
import { checkName, qualifiedName } from './names.ts';

/** All annotations of an object together, keys and values, in bytes. */
const ANNOTATIONS_MAX_BYTES = 256 * 1024;

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

export interface MetaRules {
  readonly namespaced: boolean;
  readonly nameRule?: NameRule | undefined;
  readonly anyFinalizer?: boolean | undefined;
}

/** What is wrong with the metadata of an object that has its name. */
export function validateObjectMeta(meta: ObjectMeta, rules: MetaRules, path = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName) {
    for (const m of checkName(rules.nameRule, meta.generateName, true)) {
      errors.push(invalidValue(child(path, 'generateName'), meta.generateName, m));
    }
  }
  if (!meta.name) {
    errors.push(required(child(path, 'name'), 'name or generateName is required'));
  } else {
    for (const m of checkName(rules.nameRule, meta.name)) {
      errors.push(invalidValue(child(path, 'name'), meta.name, m));
    }
  }
  if (rules.namespaced) {
    if (!meta.namespace) errors.push(required(child(path, 'namespace')));
    else {
      for (const m of checkName('dns-label', meta.namespace)) {
        errors.push(invalidValue(child(path, 'namespace'), meta.namespace, m));
      }
    }
  } else if (meta.namespace) {
    errors.push(forbiddenField(child(path, 'namespace'), 'not allowed on this type'));
  }
  if ((meta.generation ?? 0) < 0) {
    errors.push(
      invalidValue(child(path, 'generation'), meta.generation, 'must be greater than or equal to 0'),
    );
  }
  errors.push(
    ...validateLabels(meta.labels, child(path, 'labels')),
    ...validateAnnotations(meta.annotations, child(path, 'annotations')),
    ...validateOwnerReferences(meta.ownerReferences ?? [], child(path, 'ownerReferences')),
    ...validateFinalizers(meta.finalizers ?? [], child(path, 'finalizers'), rules.anyFinalizer),
    ...validateManagedFields(meta.managedFields ?? [], child(path, 'managedFields')),
  );
  return errors;
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    // Upstream compares the lower-cased key, so that capitals are allowed in the prefix.
    for (const m of qualifiedName(key.toLowerCase())) errors.push(invalidValue(path, key, m));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > ANNOTATIONS_MAX_BYTES) errors.push(tooLong(path, ANNOTATIONS_MAX_BYTES));
  return errors;
}

function validateOwnerReferences(references: readonly OwnerReference[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: OwnerReference | undefined;
  for (const reference of references) {
    errors.push(...validateOwnerReference(reference, path));
    if (!reference.controller) continue;
    if (controller) {
      errors.push(
        invalidValue(
          path,
          goJson(references, OWNER_REFERENCE_ORDER),
          `Only one reference can have Controller set to true. Found "true" in references for ${controller.kind}/${controller.name} and ${reference.kind}/${reference.name}`,
        ),
      );
    } else {
      controller = reference;
    }
  }
  return errors;
}

function validateOwnerReference(reference: OwnerReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion, kind, name, uid } = reference;
  const parts = apiVersion.split('/');
  const version = parts.length > 2 ? '' : (parts[parts.length - 1] ?? '');
  const group = parts.length === 2 ? parts[0] : '';
  if (version === '') {
    errors.push(invalidValue(child(path, 'apiVersion'), apiVersion, 'version must not be empty'));
  }
  if (kind === '') errors.push(invalidValue(child(path, 'kind'), kind, 'must not be empty'));
  if (name === '') errors.push(invalidValue(child(path, 'name'), name, 'must not be empty'));
  if (uid === '') errors.push(invalidValue(child(path, 'uid'), uid, 'must not be empty'));
  if (group === '' && version === 'v1' && kind === 'Event') {
    errors.push(
      invalidValue(
        path,
        goJson(reference, OWNER_REFERENCE_ORDER),
        `/${version}, Kind=${kind} is disallowed from being an owner`,
      ),
    );
  }
  return errors;
}

/** `any`: names without a domain are fine. */
function validateFinalizers(finalizers: readonly string[], path: string, any = false): FieldError[] {
  const errors: FieldError[] = [];
  finalizers.forEach((finalizer, i) => {
    const wrong = qualifiedName(finalizer);
    for (const m of wrong) errors.push(invalidValue(path, finalizer, m));
    if (!any && !finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer)) {
      errors.push(
        invalidValue(
          at(path, i),
          finalizer,
          'name is neither a standard finalizer name nor is it fully qualified',
        ),
      );
    }
  });
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalidValue(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

/** `field: Invalid value: next: field is immutable`, unless both are deeply equal. */
function validateImmutable(next: unknown, old: unknown, path: string): FieldError[] {
  return semanticEqual(next, old) ? [] : [invalidValue(path, next, IMMUTABLE)];
}

/**
 * The update of metadata. As upstream, fills generation and deletion fields that the client left
 * out from the old object: `next` is changed.
 */
export function validateObjectMetaUpdate(
  next: ObjectMeta,
  old: ObjectMeta,
  rules: MetaRules,
  path = 'metadata',
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const before = new Set(old.finalizers ?? []);
    const added = (next.finalizers ?? []).filter(f => !before.has(f));
    if (added.length > 0) {
      const list = [...new Set(added)]
        .sort()
        .map(f => JSON.stringify(f))
        .join(', ');
      errors.push(
        forbiddenField(
          child(path, 'finalizers'),
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
        ),
      );
    }
  }
  if (!next.resourceVersion) {
    errors.push(
      invalidValue(
        child(path, 'resourceVersion'),
        next.resourceVersion ?? '',
        'must be specified for an update',
      ),
    );
  }
  if ((next.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalidValue(child(path, 'generation'), next.generation ?? 0, 'must not be decremented'));
  }
  errors.push(
    ...validateImmutable(next.name ?? '', old.name ?? '', child(path, 'name')),
    ...validateImmutable(next.namespace ?? '', old.namespace ?? '', child(path, 'namespace')),
    ...validateImmutable(next.uid ?? '', old.uid ?? '', child(path, 'uid')),
    ...validateImmutable(next.creationTimestamp, old.creationTimestamp, child(path, 'creationTimestamp')),
    ...validateImmutable(next.deletionTimestamp, old.deletionTimestamp, child(path, 'deletionTimestamp')),
    ...validateImmutable(
      next.deletionGracePeriodSeconds,
      old.deletionGracePeriodSeconds,
      child(path, 'deletionGracePeriodSeconds'),
    ),
    ...validateLabels(next.labels, child(path, 'labels')),
    ...validateAnnotations(next.annotations, child(path, 'annotations')),
    ...validateOwnerReferences(next.ownerReferences ?? [], child(path, 'ownerReferences')),
    ...validateManagedFields(next.managedFields ?? [], child(path, 'managedFields')),
  );
  return errors;
}

/** What rest.BeforeUpdate carries over from the old object before anything is compared. */
export function carryMetadata(next: ObjectMeta, old: ObjectMeta): void {
  if (old.generation === undefined) delete next.generation;
  else next.generation = old.generation;
  if (old.selfLink !== undefined) next.selfLink = old.selfLink;
  if (!next.creationTimestamp) next.creationTimestamp = old.creationTimestamp;
  if (!next.deletionTimestamp) next.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionTimestamp && next.deletionGracePeriodSeconds === undefined) {
    next.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  }
  if (!next.uid) next.uid = old.uid;
  for (const key of [
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'uid',
  ] as const) {
    if (next[key] === undefined) delete next[key];
  }
}

/** Drops references that say the same as one before; returns the text to warn with, if it did. */
export function dropDuplicateOwners(meta: ObjectMeta): string | undefined {
  const kept: OwnerReference[] = [];
  const uids = new Set<string>();
  for (const reference of meta.ownerReferences ?? []) {
    if (kept.some(r => semanticEqual(r, reference))) uids.add(reference.uid);
    else kept.push(reference);
  }
  if (uids.size === 0) return undefined;
  meta.ownerReferences = kept;
  return `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...uids].join(', ')}`;
}
