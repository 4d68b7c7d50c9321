/** The resources controllers work on, and the kinds their owner references name. */
import type { GroupVersionKind, GroupVersionResource } from '../api/object.ts';

const resource = (group: string, version: string, name: string): GroupVersionResource => ({
  group,
  version,
  resource: name,
});

export const PODS = resource('', 'v1', 'pods');
export const SERVICES = resource('', 'v1', 'services');
export const ENDPOINTS = resource('', 'v1', 'endpoints');
export const NODES = resource('', 'v1', 'nodes');
export const NAMESPACES = resource('', 'v1', 'namespaces');
export const CONFIG_MAPS = resource('', 'v1', 'configmaps');
export const SERVICE_ACCOUNTS = resource('', 'v1', 'serviceaccounts');
export const DEPLOYMENTS = resource('apps', 'v1', 'deployments');
export const REPLICA_SETS = resource('apps', 'v1', 'replicasets');
export const REPLICATION_CONTROLLERS = resource('', 'v1', 'replicationcontrollers');
export const STATEFUL_SETS = resource('apps', 'v1', 'statefulsets');
export const DAEMON_SETS = resource('apps', 'v1', 'daemonsets');
export const CONTROLLER_REVISIONS = resource('apps', 'v1', 'controllerrevisions');
export const JOBS = resource('batch', 'v1', 'jobs');
export const PERSISTENT_VOLUME_CLAIMS = resource('', 'v1', 'persistentvolumeclaims');
export const PERSISTENT_VOLUMES = resource('', 'v1', 'persistentvolumes');
export const VOLUME_ATTRIBUTES_CLASSES = resource('storage.k8s.io', 'v1', 'volumeattributesclasses');
export const ENDPOINT_SLICES = resource('discovery.k8s.io', 'v1', 'endpointslices');
export const CUSTOM_RESOURCE_DEFINITIONS = resource(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
);
export const LEASES = resource('coordination.k8s.io', 'v1', 'leases');
export const POD_DISRUPTION_BUDGETS = resource('policy', 'v1', 'poddisruptionbudgets');

const kind = (group: string, version: string, name: string): GroupVersionKind => ({
  group,
  version,
  kind: name,
});

export const DEPLOYMENT_KIND = kind('apps', 'v1', 'Deployment');
export const REPLICA_SET_KIND = kind('apps', 'v1', 'ReplicaSet');
export const REPLICATION_CONTROLLER_KIND = kind('', 'v1', 'ReplicationController');
export const STATEFUL_SET_KIND = kind('apps', 'v1', 'StatefulSet');
export const DAEMON_SET_KIND = kind('apps', 'v1', 'DaemonSet');
export const JOB_KIND = kind('batch', 'v1', 'Job');
export const SERVICE_KIND = kind('', 'v1', 'Service');
export const ENDPOINTS_KIND = kind('', 'v1', 'Endpoints');
