import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DaemonSet } from '../../generated/apps-v1.ts';
import type { Node, Pod, Taint } from '../../generated/core-v1.ts';
import { FailedPods } from './failed-pods.ts';
import { type DaemonSnapshot, daemonStatus, planDaemons, REVISION_LABEL } from './plan.ts';

function daemonSet(update: object = { maxUnavailable: 1, maxSurge: 0 }, spec: object = {}): DaemonSet {
  return {
    metadata: { namespace: 'default', name: 'ds', uid: 'ds', generation: 1 },
    spec: {
      selector: { matchLabels: { app: 'ds' } },
      template: { spec: { containers: [], ...spec } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: update },
    },
  };
}

const node = (name: string, taints: Taint[] = [], labels: Record<string, string> = {}): Node => ({
  metadata: { name, labels },
  spec: { taints },
});

function pod(
  nodeName: string,
  hash: string,
  options: { ready?: boolean; deleted?: boolean; phase?: string } = {},
): Pod {
  const { ready = true, deleted = false, phase = 'Running' } = options;
  const name = `ds-${nodeName}-${hash}`;
  return {
    metadata: {
      name,
      uid: name,
      labels: { [REVISION_LABEL]: hash },
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName, containers: [] },
    status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const snapshot = (
  nodes: readonly Node[],
  pods: readonly Pod[],
  set: DaemonSet = daemonSet(),
): DaemonSnapshot => ({ daemonSet: set, nodes, pods, hash: 'new', nowMs: 0 });

const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);

test('every node that fits gets one pod, a second one goes', () => {
  const extra = { ...pod('b', 'new'), metadata: { ...pod('b', 'new').metadata, name: 'ds-z', uid: 'z' } };
  const plan = planDaemons(snapshot([node('a'), node('b')], [pod('b', 'new'), extra]));
  expect(plan.create).toEqual(['a']);
  expect(names(plan.remove)).toEqual(['ds-z']);
});

test('taints keep pods away; those of node trouble do not', () => {
  const taint = (key: string, effect: string): Taint => ({ key, effect });
  const nodes = [
    node('sick', [
      taint('node.kubernetes.io/not-ready', 'NoExecute'),
      taint('node.kubernetes.io/unschedulable', 'NoSchedule'),
    ]),
    node('reserved', [taint('gpu', 'NoSchedule')]),
    node('closed', [taint('gpu', 'NoExecute')]),
  ];
  const plan = planDaemons(snapshot(nodes, [pod('reserved', 'new'), pod('closed', 'new')]));
  expect(plan.create).toEqual(['sick']);
  expect(names(plan.remove)).toEqual(['ds-closed-new']);
});

test('a node selector and required affinity decide which nodes fit', () => {
  const set = daemonSet(undefined, {
    nodeSelector: { disk: 'ssd' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'cpus', operator: 'Gt', values: ['4'] }] }],
        },
      },
    },
  });
  const nodes = [
    node('a', [], { disk: 'ssd', cpus: '8' }),
    node('b', [], { disk: 'ssd', cpus: '2' }),
    node('c', [], { cpus: '8' }),
  ];
  expect(planDaemons(snapshot(nodes, [], set)).create).toEqual(['a']);
});

test('a pod that stopped is deleted first, and made again when it is gone', () => {
  const failed = pod('a', 'new', { phase: 'Failed' });
  const plan = planDaemons(snapshot([node('a')], [failed]));
  expect([plan.create, plan.remove, plan.finished]).toEqual([[], [failed], [failed]]);
  const later = planDaemons({ ...snapshot([node('a')], [failed]), waiting: new Set(['a']) });
  expect([later.create, later.remove, later.finished]).toEqual([[], [], []]);
});

test('a node that refuses every pod is asked more and more rarely', () => {
  const failed = new FailedPods();
  const removedAt: number[] = [];
  for (let now = 0; now < 20_000; now += 100) {
    if (failed.waitMs('u/1/a', now) > 0) continue;
    removedAt.push(now);
    failed.deleted('u/1/a', now);
  }
  expect(removedAt).toEqual([0, 1000, 3000, 7000, 15_000]);
  expect(failed.waitMs('u/2/a', 15_000)).toBe(0);
  expect(failed.waitMs('u/1/a', 15_000 + 31 * 60_000)).toBe(0);
  failed.forget('u/');
  expect(failed.waitMs('u/1/a', 15_000)).toBe(0);
});

test('a surge makes the new pod beside the old one, which goes when the new one serves', () => {
  const set = daemonSet({ maxUnavailable: 0, maxSurge: 1 });
  const nodes = [node('a'), node('b')];
  const first = planDaemons(snapshot(nodes, [pod('a', 'old'), pod('b', 'old')], set));
  expect([first.create, first.remove]).toEqual([['a'], []]);
  const coming = [pod('a', 'old'), pod('a', 'new', { ready: false }), pod('b', 'old')];
  const second = planDaemons(snapshot(nodes, coming, set));
  expect([second.create, second.remove]).toEqual([[], []]);
  const there = [pod('a', 'old'), pod('a', 'new'), pod('b', 'old')];
  const third = planDaemons(snapshot(nodes, there, set));
  expect([third.create, names(third.remove)]).toEqual([['b'], ['ds-a-old']]);
});

test('an update never takes more nodes out than it may, and ends', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.boolean()),
      (count, maxUnavailable, luck) => {
        const nodes = Array.from({ length: count }, (_, i) => node(`n${i}`));
        const set = daemonSet({ maxUnavailable, maxSurge: 0 });
        let pods = nodes.map(({ metadata }) => pod(metadata.name ?? '', 'old'));
        for (let round = 0; round < 300; round++) {
          const plan = planDaemons(snapshot(nodes, pods, set));
          pods = pods
            .filter(one => !plan.remove.includes(one))
            .map(one =>
              luck.next().value
                ? pod(one.spec.nodeName ?? '', one.metadata.labels?.[REVISION_LABEL] ?? '')
                : one,
            );
          pods.push(...plan.create.map(name => pod(name, 'new', { ready: false })));
          const status = daemonStatus(snapshot(nodes, pods, set), undefined);
          expect(status.numberUnavailable ?? 0).toBeLessThanOrEqual(maxUnavailable);
          if (status.updatedNumberScheduled === count && status.numberAvailable === count) return;
        }
        throw new Error('the update did not end');
      },
    ),
  );
});
