/** Warnings that every request for a resource carries, and those of deleting it without saying how. */
import type { Resource } from './resource.ts';

const DEPRECATED: Readonly<Record<string, string>> = {
  'v1/componentstatuses': 'v1 ComponentStatus is deprecated in v1.19+',
  'v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
};

const CHILDREN_STAY: Readonly<Record<string, string>> = {
  'batch/v1/jobs':
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
};

const nameOf = ({ apiVersion, definition }: Resource) => `${apiVersion}/${definition.plural}`;

export const deprecationOf = (resource: Resource): string | undefined => DEPRECATED[nameOf(resource)];

export const deletionWarningOf = (resource: Resource): string | undefined => CHILDREN_STAY[nameOf(resource)];
