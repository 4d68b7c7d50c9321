/**
 * The components above the API server, as the server runs them. A new one is a line in the list it
 * belongs to: those that exist once a cluster here, those of each node in node.ts.
 */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { InformerFactory } from '../../client/informer-factory.ts';
import { createControllers } from '../../controllers/index.ts';
import { Scheduler } from '../../scheduler/scheduler.ts';
import { type Component, HEALTHY } from './component.ts';
import type { ControlPlane } from './control-plane.ts';
import type { ComponentLogs } from './logging.ts';

export interface PartsOptions {
  readonly controlPlane: ControlPlane;
  /** Shared by all components of the process: each kind is watched once. */
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logs: ComponentLogs;
  /** PEM. */
  readonly rootCa: string;
}

export function createControlPlaneParts(options: PartsOptions): readonly Component[] {
  return [controllerManager(options), scheduler(options)];
}

function controllerManager({
  controlPlane,
  informers,
  clock,
  random,
  logs,
  rootCa,
}: PartsOptions): Component {
  const name = 'kube-controller-manager';
  const driver = createControllers({
    client: controlPlane.client('system:kube-controller-manager'),
    informers,
    clock,
    random,
    log: logs.of(name),
    kinds: () => controlPlane.kinds(),
    options: { rootCa },
  });
  return {
    name,
    run: signal => driver.run(signal),
    health() {
      const waiting = driver.health().filter(controller => !controller.ready);
      if (waiting.length === 0) return HEALTHY;
      return { healthy: false, message: `not ready: ${waiting.map(c => c.name).join(', ')}` };
    },
  };
}

function scheduler({ controlPlane, informers, clock, random, logs }: PartsOptions): Component {
  const name = 'kube-scheduler';
  const client = controlPlane.client('system:kube-scheduler');
  const log = logs.of(name);
  const recorder = createEventRecorder({
    client,
    clock,
    random,
    log,
    component: 'default-scheduler',
    form: 'series',
  });
  const made = new Scheduler({ client, informers, recorder, clock, random, log });
  return {
    name,
    async run(signal) {
      await made.run(signal);
      await recorder.close();
    },
    health: () => (made.healthy ? HEALTHY : { healthy: false, message: 'waiting for the first lists' }),
  };
}
