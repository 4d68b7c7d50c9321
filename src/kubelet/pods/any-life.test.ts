/**
 * Any life of some pods, in any order: made, deleted with more or less grace, their containers and
 * sandboxes ended, calls of the runtime failing, the kubelet started anew. Whatever happened, every pod
 * that should run does in the end, and of those that were deleted nothing is left.
 *
 * `RUNS=2000 npx vitest run --project unit src/kubelet/pods/any-life` tries more of them.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PodSpec } from '../../generated/core-v1.ts';
import { container, isReady, type KubeletWorld, startKubeletWorld } from '../../testing/kubelet-world.ts';

const NAMES = ['a', 'b'] as const;
const CALLS = [
  'runPodSandbox',
  'createContainer',
  'startContainer',
  'stopContainer',
  'stopPodSandbox',
  'removePodSandbox',
  'removeContainer',
  'listContainers',
  'containerStatus',
];

const spec: fc.Arbitrary<Partial<PodSpec>> = fc
  .record(
    {
      image: fc.constantFrom('app', 'stubborn', 'short', 'crash'),
      sidecar: fc.boolean(),
      hasPreStop: fc.boolean(),
      postStart: fc.constantFrom(undefined, 3),
      grace: fc.constantFrom(4, 30, 120),
    },
    { requiredKeys: ['image', 'grace'] },
  )
  .map(({ image, sidecar, hasPreStop, postStart, grace }) => ({
    terminationGracePeriodSeconds: grace,
    containers: [
      {
        ...container('main', image),
        lifecycle: {
          ...(hasPreStop ? { preStop: { sleep: { seconds: Math.floor(grace / 2) } } } : {}),
          ...(postStart ? { postStart: { sleep: { seconds: postStart } } } : {}),
        },
      },
    ],
    ...(sidecar ? { initContainers: [{ ...container('side', 'side'), restartPolicy: 'Always' }] } : {}),
  }));

const name = fc.constantFrom(...NAMES);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), name, spec }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      name,
      grace: fc.constantFrom(undefined, 0, 2, 40),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('exit' as const), name, code: fc.constantFrom(0, 1) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('breakSandbox' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dropEvents' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const), call: fc.constantFrom(...CALLS) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 500, 2_000, 30_000) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(world: KubeletWorld, wanted: Set<string>, next: Step): Promise<void> {
  switch (next.do) {
    case 'create':
      if (world.pod(next.name)) return;
      await world.create(next.name, next.spec);
      wanted.add(next.name);
      return;
    case 'delete':
      wanted.delete(next.name);
      if (world.pod(next.name)) await world.remove(next.name, next.grace);
      return world.clock.settle();
    case 'exit':
      return world.runtime.exit(next.name, 'main', next.code);
    case 'breakSandbox':
      return world.runtime.breakSandbox(next.name);
    case 'dropEvents':
      return world.runtime.dropEvents();
    case 'restart':
      return world.restart();
    case 'fail':
      return world.runtime.failNext(next.call, new Error('asked to fail'));
    case 'wait':
      return world.clock.advance(next.ms);
  }
}

test('whatever happens, pods that should run do in the end, and nothing is left of the others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async steps => {
      const world = await startKubeletWorld();
      world.runtime.images.set('stubborn', { ignoresTerm: true });
      world.runtime.images.set('short', { runsMs: 700, exitCode: 0 });
      world.runtime.images.set('crash', { runsMs: 100, exitCode: 1 });
      try {
        const wanted = new Set<string>();
        for (const next of steps) await take(world, wanted, next);
        // Longer than any grace period, backoff and retry.
        await world.clock.advance(700_000);
        for (const podName of NAMES) {
          const pod = world.pod(podName);
          if (!wanted.has(podName)) expect(pod, podName).toBeUndefined();
          else if (['app', 'stubborn'].includes(pod?.spec.containers[0]?.image ?? ''))
            expect(isReady(pod), `${podName} is at ${JSON.stringify(pod?.status)}`).toBe(true);
          else expect(pod?.status?.containerStatuses?.[0]?.restartCount, podName).toBeGreaterThan(2);
        }
        const sandboxes = await world.runtime.listPodSandbox();
        expect(sandboxes.filter(({ metadata }) => !wanted.has(metadata.name))).toEqual([]);
      } finally {
        await world[Symbol.asyncDispose]();
      }
    }),
    { numRuns: Number(process.env['RUNS'] ?? 15) },
  );
}, 600_000);
