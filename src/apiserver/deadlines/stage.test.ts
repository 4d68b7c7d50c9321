import { expect, test } from 'vitest';
import { apiRequest, call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const never = (query = '') => ({
  ...apiRequest('POST', `${PATH}${query}`),
  // A body that does not come.
  body: () => new Promise<Buffer>(() => {}),
});

test.each([
  ['', 60_000],
  ['?timeout=5s', 5000],
  ['?timeout=2h', 60_000],
])('a request with %j is answered 504 after %i ms', async (query, ms) => {
  const clock = virtualClock();
  await using cluster = await startInProcessCluster({ clock });
  let status = 0;
  const answering = cluster.server.handle(never(query)).then(answer => {
    status = answer.status;
    return answer;
  });
  await clock.advance(ms - 1);
  expect(status).toBe(0);
  await clock.advance(2);
  expect(status).toBe(504);
  expect(JSON.parse(((await answering).body as Buffer).toString())).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Timeout: request did not complete within the allotted timeout',
    reason: 'Timeout',
    details: {},
    code: 504,
  });
});

test('a watch has no deadline but its own', async () => {
  const clock = virtualClock();
  await using cluster = await startInProcessCluster({ clock });
  let ended = false;
  const watching = call(cluster.server, 'GET', `${PATH}?watch=true&timeoutSeconds=300&timeout=bad`).then(
    answer => {
      ended = true;
      return answer;
    },
  );
  await clock.advance(200_000);
  expect(ended).toBe(false);
  await clock.advance(101_000);
  expect((await watching).status).toBe(200);
});

test('a long answer keeps its seats until the client has taken it, but not for ever', async () => {
  const clock = virtualClock();
  await using cluster = await startInProcessCluster({ clock });
  const data = { text: 'x'.repeat(100_000) };
  await call(cluster.server, 'POST', PATH, { body: { metadata: { name: 'long' }, data } });
  const seats = async () => {
    await clock.settle();
    const { text } = await call(cluster.server, 'GET', '/metrics');
    return Number(
      /current_executing_seats\{priority_level="catch-all",flow_schema="catch-all"\} (\d+)/.exec(text)?.[1],
    );
  };
  const sent: (() => void)[] = [];
  // May list, and is not exempt.
  const user = { name: 'system:kube-scheduler', groups: [] };
  const ask = () =>
    cluster.server.handle({
      ...apiRequest('GET', PATH, { user }),
      whenSent: callback => void sent.push(callback),
    });
  expect((await ask()).status).toBe(200);
  expect((await ask()).status).toBe(200);
  const each = (await seats()) / 2;
  expect(each).toBeGreaterThan(0);
  sent[0]?.();
  expect(await seats()).toBe(each);
  await clock.advance(60_001);
  expect(await seats()).toBe(0);
});
