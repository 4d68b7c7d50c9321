import type { ControllerRevision } from '../../generated/apps-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

/** statefulset.apps/web: the controller that owns the revision. */
function controller({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(reference => reference.controller);
  if (owner === undefined) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

export const controllerRevision = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  columns: [name, column('Controller', o => controller(o)), column('Revision', o => o.revision), age],
});
