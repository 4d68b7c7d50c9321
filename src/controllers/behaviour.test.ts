import { expect, test } from 'vitest';
import { behaviourScenario, playBehaviour, upstreamOutcome } from '../testing/oracle/behaviour.ts';

test.each([
  'deployment/create',
  'deployment/scale',
  'deployment/self-heal',
  'deployment/rolling-update',
  'deployment/recreate',
  'deployment/bad-image-deadline',
  'deployment/paused',
  'deployment/zero',
  'deployment/history-limit',
  'deployment/deleted-background',
  'deployment/deleted-foreground',
  'deployment/deleted-orphan',
  'replicaset/adopts',
  'service/endpoints',
  'service/headless',
  'pdb/status',
  'daemonset/create',
  'statefulset/create-scale',
  'job/completes',
  'job/indexed',
  'job/suspended',
  'job/deadline',
  'job/ttl',
])('%s ends as upstream ended it, and controllers said the same', async id => {
  const scenario = behaviourScenario(id);
  expect(await playBehaviour(scenario)).toEqual(upstreamOutcome(scenario));
});
