/** Orders that take unhealthy pods to see. */
import { expect, test } from 'vitest';
import type { StatefulSet, StatefulSetSpec } from '../../generated/apps-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { planStatefulSet, type StatefulSnapshot, statefulStatus } from './plan.ts';

const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const v1 = { name: 'db-v1', template };
const v2 = { name: 'db-v2', template };
type Revision = StatefulSnapshot['current'];

const pod = (ordinal: number, revision: Revision, ready = true): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `db-${ordinal}`, labels: { 'controller-revision-hash': revision.name } },
  spec: template.spec,
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

function snapshot(
  spec: Partial<StatefulSetSpec>,
  pods: readonly Pod[],
  revisions = { current: v1, update: v2 },
): StatefulSnapshot {
  const statefulSet: StatefulSet = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: { selector: { matchLabels: { app: 'db' } }, template, ...spec },
  };
  return { statefulSet, pods, nowMs: 0, ...revisions };
}

const removed = (s: StatefulSnapshot) => planStatefulSet(s).remove.map(({ metadata }) => metadata.name);
const parallel = { podManagementPolicy: 'Parallel', replicas: 3 };

test('an update replaces one pod, healthy or not, and waits for it', () => {
  expect(removed(snapshot(parallel, [pod(0, v1), pod(1, v1), pod(2, v1, false)]))).toEqual(['db-2']);
  expect(removed(snapshot(parallel, [pod(0, v1), pod(1, v1), pod(2, v2, false)]))).toEqual([]);
  expect(removed(snapshot(parallel, [pod(0, v1, false), pod(1, v1), pod(2, v2)]))).toEqual(['db-1']);
});

test('what is not healthy holds up the removal of those above it, the lowest one’s own not', () => {
  const down = (...ready: boolean[]) =>
    removed(
      snapshot(
        { replicas: 0 },
        ready.map((is, i) => pod(i, v1, is)),
        { current: v1, update: v1 },
      ),
    );
  expect(down(true, true)).toEqual(['db-1']);
  expect(down(false, true)).toEqual(['db-1']);
  expect(down(true, false)).toEqual(['db-1']);
  expect(down(false, false)).toEqual([]);
});

test('a finished pod is removed once, even when it is also old', () => {
  const finished = { ...pod(2, v1, false), status: { phase: 'Failed' } };
  expect(removed(snapshot(parallel, [pod(0, v1), pod(1, v1), finished]))).toEqual(['db-2']);
});

test('an update is done when as many pods as wanted are new and ready', () => {
  const status = (pods: readonly Pod[]) => {
    const at = snapshot(parallel, pods);
    return statefulStatus(at, { create: [], remove: [] }).currentRevision;
  };
  expect(status([pod(0, v2), pod(1, v2)])).toBe('db-v1');
  expect(status([pod(0, v2), pod(1, v2), pod(2, v2, false)])).toBe('db-v1');
  expect(status([pod(0, v2), pod(1, v2), pod(2, v2)])).toBe('db-v2');
});
