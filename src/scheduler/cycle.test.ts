import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../base/random.ts';
import type { Node, Pod, PodSpec } from '../generated/core-v1.ts';
import { ClusterState } from './cluster-state.ts';
import { schedulePod } from './cycle.ts';
import { describeUnschedulable } from './diagnosis.ts';
import { podInfo } from './pod-info.ts';
import { findPreemption, PREEMPTED, preemptionIneligibility } from './preemption.ts';
import { defaultProfile } from './profile.ts';

const random = seededRandom(7);

function node(
  name: string,
  options: { cpu?: string; memory?: string; labels?: Record<string, string>; spec?: Node['spec'] } = {},
): Node {
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...options.labels } },
    spec: options.spec ?? {},
    status: { allocatable: { cpu: options.cpu ?? '4', memory: options.memory ?? '8Gi', pods: '110' } },
  };
}

let serial = 0;
function pod(name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): Pod {
  return {
    metadata: { name, namespace: 'default', uid: `uid-${++serial}`, labels },
    spec: { containers: [{ name: 'c', image: 'img' }], ...spec },
  };
}

const requesting = (cpu: string, memory = '1Mi'): Partial<PodSpec> => ({
  containers: [{ name: 'c', image: 'img', resources: { requests: { cpu, memory } } }],
});

function cluster(nodes: readonly Node[], bound: readonly Pod[] = []): ClusterState {
  const state = new ClusterState();
  for (const n of nodes) state.setNode(n);
  for (const p of bound) state.setPod(p);
  return state;
}

const on = (nodeName: string, p: Pod): Pod => ({ ...p, spec: { ...p.spec, nodeName } });

function place(state: ClusterState, p: Pod): string {
  const snapshot = state.snapshot();
  const result = schedulePod(podInfo(p), snapshot, defaultProfile, random);
  return 'node' in result
    ? result.node
    : describeUnschedulable(result, snapshot.nodes.length, { kind: 'none' });
}

test('without nodes the pod waits for one', () => {
  expect(place(cluster([]), pod('a'))).toBe('no nodes available to schedule pods');
});

test('a request beyond the node is counted by resource, and preemption does not help', () => {
  expect(place(cluster([node('n')]), pod('a', requesting('1000', '10Ti')))).toBe(
    '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
  );
});

test('a full node has no victims of lower priority', () => {
  const state = cluster([node('n', { cpu: '1' })], [on('n', pod('b', requesting('800m')))]);
  expect(place(state, pod('a', requesting('500m')))).toBe(
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  );
});

test('reasons of several nodes are counted and sorted', () => {
  const nodes = [
    node('a', { spec: { unschedulable: true } }),
    node('b', { cpu: '1' }),
    node('c', { cpu: '1' }),
  ];
  expect(place(cluster(nodes), pod('p', requesting('2')))).toMatch(
    /^0\/3 nodes are available: 1 node\(s\) were unschedulable, 2 Insufficient cpu\. /,
  );
});

test('nodeSelector and required node affinity choose the node', () => {
  const state = cluster([node('a'), node('b', { labels: { disk: 'ssd', cores: '8' } })]);
  expect(place(state, pod('p', { nodeSelector: { disk: 'ssd' } }))).toBe('b');
  const affinity = (operator: string, key: string, values: string[]): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
        },
      },
    },
  });
  expect(place(state, pod('p', affinity('Gt', 'cores', ['4'])))).toBe('b');
  expect(place(state, pod('p', affinity('NotIn', 'disk', ['ssd'])))).toBe('a');
  expect(place(state, pod('p', affinity('Exists', 'no', [])))).toContain(
    "2 node(s) didn't match Pod's node affinity/selector",
  );
});

test('preferred node affinity outweighs emptiness', () => {
  const state = cluster(
    [node('a'), node('b', { labels: { disk: 'ssd' } })],
    [on('b', pod('x', requesting('1')))],
  );
  const preference = {
    weight: 100,
    preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
  };
  expect(
    place(
      state,
      pod('p', {
        affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preference] } },
      }),
    ),
  ).toBe('b');
});

test('a pod waits for its claim, by upstream’s words, until it is bound', () => {
  const state = cluster([node('a')]);
  const p = pod('p', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] });
  expect(place(state, p)).toBe('0/1 nodes are available: persistentvolumeclaim "data" not found. not found');
  const claim = { metadata: { name: 'data', namespace: 'default' }, spec: {} };
  state.setClaim(claim);
  expect(place(state, p)).toContain('pod has unbound immediate PersistentVolumeClaims');
  state.setClaim({ ...claim, status: { phase: 'Bound' } });
  expect(place(state, p)).toBe('a');
});

test('an untolerated taint refuses, a toleration lets in', () => {
  const state = cluster([
    node('a', { spec: { taints: [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }] } }),
  ]);
  expect(place(state, pod('p'))).toContain('1 node(s) had untolerated taint(s).');
  expect(place(state, pod('p', { tolerations: [{ key: 'dedicated', operator: 'Exists' }] }))).toBe('a');
  expect(
    place(state, pod('p', { tolerations: [{ key: 'dedicated', value: 'y', effect: 'NoSchedule' }] })),
  ).toContain('untolerated');
});

test('two pods do not share a host port, unless their addresses differ', () => {
  const withPort = (hostIP?: string): Partial<PodSpec> => ({
    containers: [
      { name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: 8080, protocol: 'TCP', hostIP }] },
    ],
  });
  const state = cluster([node('a')], [on('a', pod('x', withPort('10.0.0.1')))]);
  expect(place(state, pod('p', withPort()))).toContain("didn't have free ports");
  expect(place(state, pod('p', withPort('10.0.0.2')))).toBe('a');
});

test('anti-affinity works both ways, affinity follows, and the first of a group may start it', () => {
  const term = (app: string) => ({
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: { app } },
  });
  const anti = (app: string): Partial<PodSpec> => ({
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app)] } },
  });
  const near = (app: string): Partial<PodSpec> => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app)] } },
  });
  const state = cluster([node('a'), node('b')], [on('a', pod('x', anti('web'), { app: 'db' }))]);
  expect(place(state, pod('p', {}, { app: 'web' }))).toBe('b');
  expect(place(state, pod('p', anti('db'), {}))).toBe('b');
  expect(place(state, pod('p', near('db')))).toBe('a');
  expect(place(state, pod('p', near('none')))).toContain("2 node(s) didn't match pod affinity rules");
  expect(['a', 'b']).toContain(place(state, pod('p', near('own'), { app: 'own' })));
});

test('a hard spread constraint keeps the skew', () => {
  const constraint = {
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'a' } },
  };
  const state = cluster(
    [node('n1', { labels: { zone: 'x' } }), node('n2', { labels: { zone: 'y' } }), node('n3')],
    [on('n1', pod('x', {}, { app: 'a' }))],
  );
  expect(place(state, pod('p', { topologySpreadConstraints: [constraint] }, { app: 'a' }))).toBe('n2');
});

test('the pods of one controller spread over the nodes without being told', () => {
  const owned = (name: string): Pod => {
    const p = pod(name, {}, { app: 'a' });
    p.metadata.ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs', controller: true },
    ];
    return p;
  };
  const state = cluster([node('a'), node('b'), node('c')]);
  const used = ['p1', 'p2', 'p3'].map(name => {
    const p = owned(name);
    const where = place(state, p);
    state.assume(podInfo(p), where);
    return where;
  });
  expect(new Set(used).size).toBe(3);
});

test('preemption takes the least important pods that are needed, and no others', () => {
  const prio = (name: string, priority: number, cpu: string) =>
    on('n', pod(name, { ...requesting(cpu), priority }));
  const state = cluster(
    [node('n', { cpu: '3' })],
    [prio('low', 1, '1'), prio('mid', 5, '1'), prio('high', 50, '1')],
  );
  const newcomer = podInfo(pod('p', { ...requesting('1'), priority: 10 }));
  const result = schedulePod(newcomer, state.snapshot(), defaultProfile, random);
  if ('node' in result) throw new Error('expected no room');
  const found = findPreemption(newcomer, state.snapshot(), result, defaultProfile);
  expect(found?.victims.map(v => v.pod.metadata.name)).toEqual(['low']);
});

test('a pod has nobody evicted by its policy, or while those it had evicted are on their way out', () => {
  const leaving: Pod = on('n', pod('low', { ...requesting('1'), priority: 1 }));
  const state = cluster([node('n', { cpu: '1' }), node('m', { cpu: '1m' })], [leaving]);
  const why = (spec: Partial<PodSpec>, status: Pod['status'] = {}) => {
    const newcomer = podInfo({ ...pod('p', { ...requesting('1'), priority: 10, ...spec }), status });
    const result = schedulePod(newcomer, state.snapshot(), defaultProfile, random);
    if ('node' in result) throw new Error('expected no room');
    return preemptionIneligibility(newcomer, state.snapshot(), result);
  };
  expect(why({})).toBeUndefined();
  expect(why({ preemptionPolicy: 'Never' })).toBe('not eligible due to preemptionPolicy=Never.');
  expect(why({}, { nominatedNodeName: 'n' })).toBeUndefined();
  state.setPod({
    ...leaving,
    metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: PREEMPTED }] },
  });
  expect(why({}, { nominatedNodeName: 'n' })).toBe(
    'not eligible due to a terminating pod on the nominated node.',
  );
  expect(why({}, { nominatedNodeName: 'm' })).toBeUndefined();
});

test('property: no node is ever given more than it has', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 40 }),
      (cpus, requests) => {
        const state = cluster(cpus.map((cpu, i) => node(`n${i}`, { cpu: String(cpu) })));
        for (const [i, request] of requests.entries()) {
          const info = podInfo(pod(`p${i}`, requesting(`${request}m`)));
          const result = schedulePod(info, state.snapshot(), defaultProfile, random);
          if ('node' in result) state.assume(info, result.node);
          else
            expect(
              state
                .snapshot()
                .nodes.every(n => (n.requested.get('cpu') ?? 0) + request > (n.allocatable.get('cpu') ?? 0)),
            ).toBe(true);
        }
        for (const n of state.snapshot().nodes)
          expect(n.requested.get('cpu') ?? 0).toBeLessThanOrEqual(n.allocatable.get('cpu') ?? 0);
      },
    ),
    { numRuns: 60 },
  );
});

test('init containers count by their largest step, sidecars on top of both', () => {
  const c = (name: string, cpu: string, restartPolicy?: string) => ({
    name,
    image: 'i',
    restartPolicy,
    resources: { requests: { cpu } },
  });
  const p = pod('p', {
    initContainers: [c('i1', '2'), c('side', '500m', 'Always'), c('i2', '3')],
    containers: [c('main', '1')],
  });
  expect(podInfo(p).requests.get('cpu')).toBe(3500);
});
