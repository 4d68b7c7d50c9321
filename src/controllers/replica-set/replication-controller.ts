/** ReplicationController: a ReplicaSet whose selector is a map of labels. */
import { REPLICATION_CONTROLLERS } from '../../client/resources.ts';
import type { ReplicationController } from '../../generated/core-v1.ts';
import type { ControllerDefinition } from '../controller.ts';
import { REPLICATION_CONTROLLER_KIND } from '../owner-kinds.ts';
import { replicaController } from './controller.ts';

export const replicationController: ControllerDefinition = {
  name: 'replicationcontroller',
  build: context =>
    replicaController<ReplicationController>(context, {
      resource: REPLICATION_CONTROLLERS,
      kind: REPLICATION_CONTROLLER_KIND,
      component: 'replication-controller',
      asReplicaSet: ({ spec, ...object }) => ({
        ...object,
        spec: { ...spec, selector: { matchLabels: spec.selector ?? {} } },
      }),
      countsTerminating: false,
    }),
};
