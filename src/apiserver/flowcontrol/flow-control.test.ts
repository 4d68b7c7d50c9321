import { expect, test } from 'vitest';
import type { FlowSchema, PriorityLevelConfiguration } from '../../generated/flowcontrol-v1.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { authenticated, MASTERS, serviceAccountUser } from '../authn/user.ts';
import { requestInfo } from '../request-info.ts';
import { bootstrapFlowObjects } from './bootstrap-objects.ts';
import { FlowControl } from './flow-control.ts';
import type { Place } from './place.ts';

const WAIT_MS = 15_000;
const PODS = '/api/v1/namespaces/a/pods/x';
const jane = authenticated({ name: 'jane', groups: [] });
const joe = authenticated({ name: 'joe', groups: [] });
const admin = authenticated({ name: 'admin', groups: [MASTERS] });

/** One level for all that have no other, with `seats`, and queues when `queueLength` is given. */
function objects(seats: number, queueLength?: number): [PriorityLevelConfiguration[], FlowSchema[]] {
  const queuing = { queues: 16, handSize: 2, queueLengthLimit: queueLength ?? 0 };
  const limitResponse = queueLength === undefined ? { type: 'Reject' } : { type: 'Queue', queuing };
  const shares = (nominalConcurrencyShares: number) => ({ nominalConcurrencyShares, lendablePercent: 0 });
  const level = (name: string, limited: object): PriorityLevelConfiguration => ({
    metadata: { name, uid: `uid-of-level-${name}` },
    spec: { type: 'Limited', limited },
  });
  const [everybody] = bootstrapFlowObjects().schemas.filter(s => s.metadata.name === 'global-default');
  const schema = {
    metadata: { name: 'all', uid: 'uid-of-all' },
    spec: { ...everybody?.spec, matchingPrecedence: 500, priorityLevelConfiguration: { name: 'all' } },
  };
  return [
    [
      level('all', { ...shares(seats), limitResponse }),
      level('catch-all', { ...shares(10 - seats), limitResponse: { type: 'Reject' } }),
    ],
    [schema as FlowSchema],
  ];
}

/** Ten seats in all; `turn` ends a turn of the event loop. */
function setUp(seats: number, queueLength?: number) {
  const clock = virtualClock();
  let due: (() => void)[] = [];
  const flowControl = new FlowControl({
    clock,
    concurrencyLimit: 10,
    afterTurn: callback => void due.push(callback),
    resourceStats: () => ({ objects: 100, averageBytes: 10_000 }),
  });
  flowControl.configure(...objects(seats, queueLength));
  const turn = () => {
    const callbacks = due;
    due = [];
    for (const callback of callbacks) callback();
  };
  const enter = (user = jane, path = PODS, signal = new AbortController().signal): Place => {
    const [target = '', query = ''] = path.split('?');
    const parameters = new URLSearchParams(query);
    const info = requestInfo('GET', target, parameters);
    const place = flowControl.enter(user, info, { query: parameters, signal }, WAIT_MS);
    if (!place) throw new Error(`${path} is not counted`);
    return place;
  };
  return { clock, flowControl, enter, turn };
}

const refusal = (place: Place) =>
  place.turn?.then(
    () => 'served',
    (error: unknown) => error,
  );

test('while seats are free there is nothing to wait for, and no timer but the one that lets levels borrow', () => {
  const { clock, enter, flowControl, turn } = setUp(2, 5);
  const idle = clock.pending;
  for (let i = 0; i < 2; i++) expect(enter().turn).toBeUndefined();
  expect(clock.pending - idle).toBe(1);
  turn();
  flowControl.close();
  expect(clock.pending).toBe(idle);
});

test('seats are free when the turn ends, not when the answer is made', async () => {
  const { enter, turn } = setUp(1, 5);
  const first = enter();
  first.leave();
  const second = enter();
  expect(second.turn).toBeDefined();
  turn();
  await second.turn;
  expect(second.executes).toBe(true);
});

test('beyond the queues, and without any, requests are refused as upstream refuses them', async () => {
  const queued = setUp(1, 1);
  for (let i = 0; i < 3; i++) queued.enter();
  expect(await refusal(queued.enter())).toMatchObject({
    reason: 'TooManyRequests',
    code: 429,
    message: 'Too many requests, please try again later.',
    details: { retryAfterSeconds: 1 },
  });
  // Another flow has queues of its own.
  expect(queued.enter(joe).waits).toBe(true);
  const rejecting = setUp(1);
  rejecting.enter();
  expect(await refusal(rejecting.enter(joe))).toMatchObject({ code: 429 });
});

test('headers say by UID how a request was classified', () => {
  const { enter } = setUp(1);
  expect(enter().headers).toEqual({
    'X-Kubernetes-PF-FlowSchema-UID': 'uid-of-all',
    'X-Kubernetes-PF-PriorityLevel-UID': 'uid-of-level-all',
  });
});

test('administrators are exempt, however many they are', () => {
  const { enter, flowControl } = setUp(1);
  for (let i = 0; i < 50; i++) expect(enter(admin).turn).toBeUndefined();
  expect(flowControl.levels.get('exempt')?.queues.requestsExecuting).toBe(50);
});

test('exec, logs and the like are not counted; a watch is, until it has begun', () => {
  const { enter, flowControl, turn } = setUp(1, 5);
  expect(() => enter(jane, `${PODS}/log`)).toThrow('is not counted');
  const watch = enter(jane, '/api/v1/pods?watch=true');
  expect(enter().waits).toBe(true);
  watch.leave();
  turn();
  expect(flowControl.levels.get('all')?.queues.requestsWaiting).toBe(0);
});

test('a list takes the seats it needs', () => {
  const { enter } = setUp(8, 5);
  // Ten by its size, 15% of the level at most.
  expect(enter(jane, '/api/v1/pods').seats).toBe(2);
  expect(enter(admin, '/api/v1/pods').seats).toBe(10);
});

test('who waits too long, or goes away, is out of the queue', async () => {
  const { clock, enter, flowControl, turn } = setUp(1, 5);
  const first = enter();
  const late = refusal(enter());
  const gone = new AbortController();
  const left = refusal(enter(jane, PODS, gone.signal));
  gone.abort();
  await clock.advance(WAIT_MS);
  expect(await late).toMatchObject({ code: 429 });
  expect(await left).toMatchObject({ code: 429 });
  const stats = flowControl.flows.get('all/all');
  expect(stats).toMatchObject({ waiting: 0, refused: { 'time-out': 1, cancelled: 1 } });
  first.leave();
  turn();
  expect(flowControl.levels.get('all')?.queues.idle).toBe(true);
});

test('a level that is no more drains: who waits in it is served', async () => {
  const { enter, flowControl, turn } = setUp(1, 5);
  const first = enter();
  const waiting = enter();
  flowControl.configure([], []);
  expect(flowControl.levels.get('all')).toMatchObject({ quiescing: true });
  expect(enter().flow.name).toBe('catch-all');
  first.leave();
  turn();
  await waiting.turn;
  waiting.leave();
  turn();
  expect([...flowControl.levels.keys()].sort()).toEqual(['catch-all', 'exempt']);
});

test('limits follow demand: a busy level borrows what idle ones lend, and gives it back', async () => {
  const clock = virtualClock();
  const flowControl = new FlowControl({
    clock,
    afterTurn: callback => callback(),
    resourceStats: () => undefined,
  });
  const { levels, schemas } = bootstrapFlowObjects();
  flowControl.configure(levels, schemas);
  const limitOf = (name: string) => flowControl.levels.get(name)?.queues.limit ?? 0;
  const robot = serviceAccountUser('a', 'robot');
  const busy: Place[] = [];
  for (let i = 0; i < 300; i++) {
    const info = requestInfo('GET', PODS, new URLSearchParams());
    const signal = new AbortController().signal;
    const place = flowControl.enter(robot, info, { query: new URLSearchParams(), signal }, 120_000) as Place;
    busy.push(place);
    place.turn?.catch(() => {});
  }
  const before = limitOf('workload-low');
  await clock.advance(30_000);
  expect(limitOf('workload-low')).toBeGreaterThan(before);
  // What may not be lent is kept for those who are idle now.
  for (const name of ['leader-election', 'catch-all', 'node-high'])
    expect(limitOf(name)).toBeGreaterThanOrEqual(flowControl.levels.get(name)?.limits.least ?? 0);
  const sum = [...flowControl.levels.values()].reduce((total, level) => total + level.queues.limit, 0);
  expect(Math.abs(sum - 602)).toBeLessThan(8);
  for (const place of busy) place.leave();
  await clock.advance(3_600_000);
  // Nobody asks any more: no timer is left, and the smoothed demand has fallen.
  expect(clock.pending).toBe(0);
});
