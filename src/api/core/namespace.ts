import type { Namespace } from '../../generated/core-v1.ts';
import { carryOver } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, invalidValue } from '../field-error.ts';
import { qualifiedName } from '../meta/names.ts';

/** Every namespace carries its own name as a label, so that selectors can name it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';
/** Kept by the namespace controller until everything in the namespace is gone. */
const FINALIZER = 'kubernetes';
const STANDARD_FINALIZERS = new Set([FINALIZER, 'orphan', 'foregroundDeletion']);

function labelWithName({ metadata }: Namespace): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
}

function prepareForCreate(namespace: Namespace): void {
  labelWithName(namespace);
  const finalizers = namespace.spec?.finalizers ?? [];
  namespace.spec = {
    ...namespace.spec,
    finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER],
  };
  namespace.status = { phase: 'Active' };
}

/** Finalizers go through the finalize subresource, the rest through the controller. */
function prepareForUpdate(next: Namespace, old: Namespace): void {
  carryOver(next, old, 'spec', 'status');
}

const FINALIZERS_PATH = 'spec.finalizers';

/** Upstream names the place of a finalizer when the list is replaced, and not at creation. */
function validateFinalizers({ spec }: Namespace, pathOf: (index: number) => string): FieldError[] {
  return (spec?.finalizers ?? []).flatMap((finalizer, i) => {
    const path = pathOf(i);
    const errors = qualifiedName(finalizer).map(m => invalidValue(path, finalizer, m));
    if (!finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer)) {
      const why = 'name is neither a standard finalizer name nor is it fully qualified';
      errors.push(invalidValue(path, finalizer, why));
    }
    return errors;
  });
}

function validateStatusUpdate({ metadata, status }: Namespace): FieldError[] {
  const phase = status?.phase ?? '';
  const [only, when] = metadata.deletionTimestamp
    ? ['Terminating', '`deletionTimestamp` is not empty']
    : ['Active', '`deletionTimestamp` is empty'];
  return phase === only ? [] : [invalidValue('status.Phase', phase, `may only be '${only}' if ${when}`)];
}

export const namespace = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Namespace',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  nameRule: 'dns-label',
  defaults: o => {
    labelWithName(o);
    o.status ??= {};
    o.status.phase ||= 'Active';
  },
  prepareForCreate,
  prepareForUpdate,
  validate: o => validateFinalizers(o, () => FINALIZERS_PATH),
  validateUpdate: (next, _old, { subresource }) =>
    subresource === 'finalize' ? validateFinalizers(next, i => at(FINALIZERS_PATH, i)) : [],
  subresources: { status: { validateUpdate: validateStatusUpdate } },
  columns: [name, column('Status', o => o.status?.phase ?? ''), age],
  selectableFields: { 'status.phase': o => o.status?.phase ?? '' },
});
