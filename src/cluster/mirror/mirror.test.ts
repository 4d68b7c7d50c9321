import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import type { NodeStreams } from '../../wire/streams/contract.ts';
import { componentStreams } from './component-streams.ts';
import { selectLogLines } from './log-lines.ts';
import { mirrorPodStatus } from './mirror-pod.ts';

const component = { name: 'kube-scheduler', nodeName: 'n', nodeAddress: '192.0.2.1', version: 'v1' };
const statusAt = (healthy: boolean, now: string, previous?: ReturnType<typeof mirrorPodStatus>) =>
  mirrorPodStatus({
    component,
    health: { healthy, message: healthy ? '' : 'no lists yet' },
    startedAt: '2026-01-01T00:00:00Z',
    restartCount: 2,
    pid: 7,
    now,
    previous,
  });
const readyOf = (status: ReturnType<typeof mirrorPodStatus>) =>
  status.conditions?.find(c => c.type === 'Ready');

test('readiness is the health of the component, and moves its time only when it changes', () => {
  const first = statusAt(true, '2026-01-01T00:00:01Z');
  expect(first.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 2 });
  const same = statusAt(true, '2026-01-01T00:00:09Z', first);
  expect(same).toEqual(first);
  const sick = statusAt(false, '2026-01-01T00:00:10Z', same);
  expect(readyOf(sick)).toMatchObject({
    status: 'False',
    message: 'no lists yet',
    lastTransitionTime: '2026-01-01T00:00:10Z',
  });
});

const LOG = ['00', '10', '20']
  .map(s => `{"level":"info","time":"2026-01-01T00:00:${s}.000Z","msg":"at ${s}"}\n`)
  .join('');

test('log lines are chosen by time, number and size as kubectl asks', () => {
  const now = Date.parse('2026-01-01T00:00:25Z');
  const count = (options: Parameters<typeof selectLogLines>[1]) =>
    selectLogLines(LOG, options, now).split('\n').length - 1;
  expect(count({})).toBe(3);
  expect(count({ tailLines: 2 })).toBe(2);
  expect(count({ tailLines: 0 })).toBe(0);
  expect(count({ sinceSeconds: 15 })).toBe(2);
  expect(count({ sinceTime: '2026-01-01T00:00:20Z' })).toBe(1);
  expect(selectLogLines(LOG, { limitBytes: 5 }, now)).toBe('{"lev');
  expect(selectLogLines(LOG, { tailLines: 1, timestamps: true }, now)).toMatch(
    /^2026-01-01T00:00:20\.000Z \{/,
  );
});

const TARGET = {
  namespace: 'kube-system',
  pod: 'kube-scheduler-n',
  uid: 'u',
  container: 'kube-scheduler',
};

/** The streams of one component, whose log file is `path`. */
async function withLog(use: (streams: NodeStreams, path: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'peapod-mirror-'));
  const path = join(dir, 'c.log');
  try {
    await writeFile(path, LOG);
    const streams = componentStreams({
      components: new Map([[TARGET.pod, TARGET.container]]),
      logs: {
        path: () => path,
        of: () => {
          throw new Error('not asked');
        },
      },
      clock: systemClock,
      node: {} as NodeStreams,
    });
    await use(streams, path);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('a followed log gives what is appended, until the client goes', async () => {
  await withLog(async (streams, path) => {
    const stop = new AbortController();
    const log = await streams.logs(TARGET, { follow: true, tailLines: 1 }, stop.signal);
    const seen: string[] = [];
    for await (const chunk of log) {
      seen.push(String(chunk));
      if (seen.length === 1) await appendFile(path, 'one more\n');
      else stop.abort();
    }
    expect(seen.join('')).toBe(`${LOG.split('\n')[2]}\none more\n`);
    const last = await streams.logs(TARGET, { tailLines: 1 }, new AbortController().signal);
    expect(await text(last)).toBe('one more\n');
  });
});

test('a followed log ends with the bytes that were asked for, counted from its first line', async () => {
  await withLog(async (streams, path) => {
    const options = { follow: true, tailLines: 1, limitBytes: LOG.length / 3 + 5 };
    const log = await streams.logs(TARGET, options, new AbortController().signal);
    const seen: string[] = [];
    for await (const chunk of log) {
      seen.push(String(chunk));
      if (seen.length === 1) await appendFile(path, 'one more\n');
    }
    expect(seen.join('')).toBe(`${LOG.split('\n')[2]}\none m`);
  });
});

test('a line that is being written is given once it is whole', async () => {
  await withLog(async (streams, path) => {
    await appendFile(path, 'half a');
    const stop = new AbortController();
    const log = await streams.logs(TARGET, { follow: true, tailLines: 1 }, stop.signal);
    const seen: string[] = [];
    for await (const chunk of log) {
      seen.push(String(chunk));
      if (seen.length === 1) await appendFile(path, ' line\n');
      else stop.abort();
    }
    expect(seen.join('')).toBe(`${LOG.split('\n')[2]}\nhalf a line\n`);
  });
});

test('no command runs in a component', async () => {
  await withLog(async streams => {
    const stdio = { stdin: false, stdout: true, stderr: true, tty: false };
    await expect(streams.exec(TARGET, ['sh'], stdio)).rejects.toThrow('no container');
  });
});
