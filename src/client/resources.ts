/** The resources components work on, each named once. */
import type { GroupVersionResource } from '../api/object.ts';

const resource = (group: string, version: string, name: string): GroupVersionResource => ({
  group,
  version,
  resource: name,
});

export const CONFIG_MAPS = resource('', 'v1', 'configmaps');
export const ENDPOINTS = resource('', 'v1', 'endpoints');
export const EVENTS = resource('', 'v1', 'events');
export const NAMESPACES = resource('', 'v1', 'namespaces');
export const NODES = resource('', 'v1', 'nodes');
export const PERSISTENT_VOLUMES = resource('', 'v1', 'persistentvolumes');
export const PERSISTENT_VOLUME_CLAIMS = resource('', 'v1', 'persistentvolumeclaims');
export const PODS = resource('', 'v1', 'pods');
export const REPLICATION_CONTROLLERS = resource('', 'v1', 'replicationcontrollers');
export const SECRETS = resource('', 'v1', 'secrets');
export const SERVICES = resource('', 'v1', 'services');
export const SERVICE_ACCOUNTS = resource('', 'v1', 'serviceaccounts');

export const CUSTOM_RESOURCE_DEFINITIONS = resource(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
);

export const CONTROLLER_REVISIONS = resource('apps', 'v1', 'controllerrevisions');
export const DAEMON_SETS = resource('apps', 'v1', 'daemonsets');
export const DEPLOYMENTS = resource('apps', 'v1', 'deployments');
export const REPLICA_SETS = resource('apps', 'v1', 'replicasets');
export const STATEFUL_SETS = resource('apps', 'v1', 'statefulsets');

export const JOBS = resource('batch', 'v1', 'jobs');

export const LEASES = resource('coordination.k8s.io', 'v1', 'leases');

export const ENDPOINT_SLICES = resource('discovery.k8s.io', 'v1', 'endpointslices');

export const POD_DISRUPTION_BUDGETS = resource('policy', 'v1', 'poddisruptionbudgets');

export const VOLUME_ATTRIBUTES_CLASSES = resource('storage.k8s.io', 'v1', 'volumeattributesclasses');
