/** Warnings that every request for a resource carries, and those of deleting it without saying how. */
import type { Resource } from './resource.ts';

const CHILDREN_STAY: Readonly<Record<string, string>> = {
  'batch/v1/jobs':
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
};

const nameOf = ({ apiVersion, definition }: Resource) => `${apiVersion}/${definition.plural}`;

export const deprecationOf = ({ definition }: Resource): string | undefined => definition.deprecation;

export const deletionWarningOf = (resource: Resource): string | undefined => CHILDREN_STAY[nameOf(resource)];
