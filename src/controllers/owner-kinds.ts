/** The kinds that owner references of controllers name. */
import type { GroupVersionKind } from '../api/object.ts';

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
