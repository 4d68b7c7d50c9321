/** Resizes: what may change, one case a rule. */
import { expect, test } from 'vitest';
import type { Container, Pod, PodSpec, PodStatus } from '../../../generated/core-v1.ts';
import { newPod, strategyContext, told } from '../../../testing/pods.ts';
import { pod as kind } from '../pod.ts';

type Json = Record<string, unknown>;
const resize = strategyContext('resize');

const container = (requests: Json, more: Json = {}): Json => ({
  name: 'c',
  image: 'i',
  resources: { requests },
  ...more,
});
const holding = (requests: Json, more: Json = {}) => ({ containers: [container(requests, more)] });
const init = (requests: Json, more: Json = {}) => ({
  ...holding({ cpu: '1' }),
  initContainers: [{ ...container(requests, more), name: 'i' }],
});

/** What is wrong with going from the one pod to the other. */
function problems(old: Json, next: Json, status: PodStatus = {}): string[] {
  const before: Pod = newPod(old);
  before.status = { ...before.status, ...status };
  const after: Pod = newPod(next);
  kind.prepareForUpdate?.(after, before, resize);
  return told(kind.validateUpdate?.(after, before, resize) ?? []);
}

const RESTART = { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] };
const running = (more: Json = {}): PodStatus => ({
  containerStatuses: [
    { name: 'c', image: 'i', imageID: '', ready: true, restartCount: 0, state: { running: {} }, ...more },
  ],
});

test.each<[what: string, old: Json, next: Json, told: readonly string[]]>([
  ['CPU and memory', holding({ cpu: '1', memory: '1' }), holding({ cpu: '2', memory: '2' }), []],
  ['more than there was', holding({ cpu: '1' }), holding({ cpu: '1', memory: '2' }), []],
  [
    'less than there was',
    holding({ cpu: '1', memory: '1' }),
    holding({ memory: '1' }),
    ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed'],
  ],
  [
    'another resource',
    holding({ cpu: '1', 'ephemeral-storage': '1' }),
    holding({ cpu: '1', 'ephemeral-storage': '2' }),
    ['spec: Forbidden: only cpu and memory resources are mutable'],
  ],
  [
    'the class of service',
    holding({ cpu: '1' }),
    {
      containers: [
        container({ cpu: '1', memory: '1' }, { resources: { limits: { cpu: '1', memory: '1' } } }),
      ],
    },
    ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
  ],
  [
    'one container more',
    holding({ cpu: '1' }),
    { containers: [container({ cpu: '1' }), container({}, { name: 'd' })] },
    ['spec.containers: Forbidden: containers may not be added or removed on resize'],
  ],
  [
    'another name',
    init({ cpu: '1' }),
    { ...init({ cpu: '1' }), initContainers: [{ ...container({ cpu: '1' }), name: 'j' }] },
    ['spec.initContainers[0].name: Forbidden: initContainers may not be renamed or reordered on resize'],
  ],
  ['an init container', init({ cpu: '1' }), init({ cpu: '2' }), []],
  [
    'an init container that would have to run again',
    init({ cpu: '1' }, RESTART),
    init({ cpu: '2' }, RESTART),
    [
      'spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
    ],
  ],
  [
    'a sidecar that may run again',
    init({ cpu: '1' }, { ...RESTART, restartPolicy: 'Always' }),
    init({ cpu: '2' }, { ...RESTART, restartPolicy: 'Always' }),
    [],
  ],
  [
    'another resource of an init container',
    init({ cpu: '1' }),
    init({ cpu: '1', 'ephemeral-storage': '2' }),
    [
      'spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable',
    ],
  ],
  [
    'the pod as a whole',
    { resources: { requests: { cpu: '1' } } },
    { resources: { requests: { cpu: '2' } } },
    [],
  ],
  [
    'the pod as a whole, no more',
    { ...holding({ cpu: '1' }), resources: { requests: { cpu: '1' } } },
    holding({ cpu: '1' }),
    ['spec.resources: Forbidden: pod-level resources cannot be removed'],
  ],
  [
    'another resource of the pod as a whole',
    { resources: { requests: { cpu: '1', 'hugepages-2Mi': '2Mi' }, limits: { 'hugepages-2Mi': '2Mi' } } },
    { resources: { requests: { cpu: '1', 'hugepages-2Mi': '4Mi' }, limits: { 'hugepages-2Mi': '4Mi' } } },
    ['spec: Forbidden: only cpu and memory resources are mutable at pod-level'],
  ],
  ['what is no business of a resize', holding({ cpu: '1' }), holding({ cpu: '1' }, { image: 'j' }), []],
])('%s', (_, old, next, expected) => {
  expect(problems(old, next)).toEqual(expected);
});

test('a pod that does not say what its running container has is on a node that cannot resize', () => {
  const change = (status: PodStatus) => problems(holding({ cpu: '1' }), holding({ cpu: '2' }), status);
  expect(change(running({ resources: {} }))).toEqual([]);
  expect(change(running())).toEqual(['spec: Forbidden: Pod running on node without support for resize']);
});

test('a resize takes over resources and their policies, of init containers too, and nothing else', () => {
  const old = newPod(init({ cpu: '1' }));
  const next = newPod(
    { ...init({ cpu: '2' }, { image: 'j', ...RESTART }), nodeName: 'n' },
    { labels: { a: 'b' } },
  );
  kind.prepareForUpdate?.(next, old, resize);
  const expected: Pick<PodSpec, 'initContainers'> = structuredClone(old.spec);
  Object.assign((expected.initContainers as Container[])[0] as Container, RESTART, {
    resources: { requests: { cpu: '2' } },
  });
  expect(next.spec).toEqual(expected);
  expect(next.metadata.labels).toBeUndefined();
});
