import type { ControllerRevision } from '../../generated/apps-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, required } from '../field-error.ts';
import { immutable, nonNegative } from '../validation/checks.ts';

/** statefulset.apps/web: the controller that owns the revision. */
function controller({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(reference => reference.controller);
  if (owner === undefined) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

const isObject = (data: unknown) => typeof data === 'object' && data !== null && !Array.isArray(data);

function validate({ data, revision }: ControllerRevision): FieldError[] {
  const errors: FieldError[] = [];
  if (data === undefined || data === null) errors.push(required('data', 'data is mandatory'));
  else if (!isObject(data)) errors.push(required('data', 'data must be a valid JSON object'));
  return [...errors, ...nonNegative('revision', revision)];
}

export const controllerRevision = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  validate,
  // The stored data is what rollbacks return to.
  validateUpdate: (next, old) => [
    ...nonNegative('revision', next.revision),
    ...immutable('data', next.data, old.data, next.data ?? null),
  ],
  columns: [name, column('Controller', o => controller(o)), column('Revision', o => o.revision), age],
});
