/**
 * The controllers, one line each: adding a controller is its folder or file and its line here
 * (docs/adding-a-controller.md). The order means nothing.
 */
import type { ControllerDefinition } from './controller.ts';
import { daemonSetController } from './daemon-set/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { ControllerDriver, type DriverOptions } from './driver.ts';
import { endpointsController } from './endpoints/endpoints-controller.ts';
import { endpointSliceMirroringController } from './endpoints/mirror-controller.ts';
import { endpointSliceController } from './endpoints/slice-controller.ts';
import { garbageCollector } from './garbage-collector/controller.ts';
import { jobController } from './job/controller.ts';
import { ttlAfterFinishedController } from './job/ttl-after-finished.ts';
import { rootCaPublisher, serviceAccountController } from './namespace/bootstrap.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeLifecycleController } from './node/node-lifecycle.ts';
import { podGarbageCollector } from './node/pod-garbage-collector.ts';
import { taintEvictionController } from './node/taint-eviction.ts';
import { replicaSetController } from './replica-set/controller.ts';
import { replicationController } from './replica-set/replication-controller.ts';
import { statefulSetController } from './stateful-set/controller.ts';
import { persistentVolumeProtection } from './volume-protection/persistent-volume.ts';
import { persistentVolumeClaimProtection } from './volume-protection/persistent-volume-claim.ts';
import { volumeAttributesClassProtection } from './volume-protection/volume-attributes-class.ts';

const CONTROLLERS: readonly ControllerDefinition[] = [
  daemonSetController,
  deploymentController,
  disruptionController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  garbageCollector,
  jobController,
  namespaceController,
  nodeLifecycleController,
  persistentVolumeClaimProtection,
  persistentVolumeProtection,
  podGarbageCollector,
  replicaSetController,
  replicationController,
  rootCaPublisher,
  serviceAccountController,
  statefulSetController,
  taintEvictionController,
  ttlAfterFinishedController,
  volumeAttributesClassProtection,
];

/** `run(signal)` runs all of them; `health()` says how each is. */
export function createControllers(options: DriverOptions): ControllerDriver {
  return new ControllerDriver(CONTROLLERS, options);
}
