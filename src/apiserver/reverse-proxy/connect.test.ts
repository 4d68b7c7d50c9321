import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { connectBackend } from './connect.ts';

const location = { scheme: 'http', host: '10.1.2.3', port: 80 } as const;

test('a connection that is not made in 30 s is given up', async () => {
  const clock = virtualClock();
  const socket = new Socket();
  const connecting = connectBackend(location, {
    dial: () => socket,
    clock,
    signal: new AbortController().signal,
  });
  connecting.catch(() => {});
  await clock.advance(29_999);
  expect(socket.destroyed).toBe(false);
  await clock.advance(1);
  await expect(connecting).rejects.toMatchObject({
    code: 503,
    message: 'error trying to reach service: dial tcp 10.1.2.3:80: i/o timeout',
  });
  expect(socket.destroyed).toBe(true);
});

test('a client that goes away while connecting leaves nothing behind', async () => {
  const clock = virtualClock();
  const socket = new Socket();
  const gone = new AbortController();
  const connecting = connectBackend(location, { dial: () => socket, clock, signal: gone.signal });
  gone.abort();
  await expect(connecting).rejects.toThrow('context canceled');
  expect(socket.destroyed).toBe(true);
});
