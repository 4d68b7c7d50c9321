/**
 * Remote commands over SPDY/3.1: the client opens one stream for each of error, stdin, stdout,
 * stderr and (since v3, with a TTY) resize, and says which in the header streamType.
 */
import type { Duplex } from 'node:stream';
import { type Clock, sleep } from '../../base/clock.ts';
import { SpdyConnection, type SpdyStream } from '../../wire/spdy/connection.ts';
import type { StdioOptions } from '../../wire/streams/contract.ts';
import type { CommandSession } from './session.ts';
import { parseSize } from './websocket-session.ts';

/** In order of preference. */
export const SPDY_COMMAND_PROTOCOLS = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const;

/** Upstream's DefaultStreamCreationTimeout. */
const STREAM_CREATION_MS = 30_000;

/** Waits for the client's streams. @throws Error when they do not come in time. */
export async function spdySession(
  socket: Duplex,
  protocol: string,
  stdio: StdioOptions,
  clock: Clock,
): Promise<CommandSession> {
  const streams = new Map<string, SpdyStream>();
  const expected = new Set(['error']);
  for (const name of ['stdin', 'stdout', 'stderr'] as const) if (stdio[name]) expected.add(name);
  if (stdio.tty && protocol !== 'channel.k8s.io' && protocol !== 'v2.channel.k8s.io') expected.add('resize');

  const waiting = new AbortController();
  const connection = new SpdyConnection(socket, {
    role: 'server',
    onStream: stream => {
      const type = stream.headers.streamtype ?? '';
      if (!expected.has(type) || streams.has(type)) return void stream.destroy();
      stream.reply();
      stream.on('error', () => {});
      streams.set(type, stream);
      if (streams.size === expected.size) waiting.abort();
    },
  });
  void connection.closed.then(() => waiting.abort());
  await sleep(clock, STREAM_CREATION_MS, waiting.signal);
  if (streams.size < expected.size) {
    connection.close();
    throw new Error(
      `Timed out waiting for the client's streams: ${[...expected].filter(e => !streams.has(e)).join(', ')} did not come`,
    );
  }
  let finished = false;
  return {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    onResize: callback => {
      // Sizes are JSON objects one after the other, each in a frame of its own.
      streams.get('resize')?.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\n')) {
          const size = line.trim() === '' ? undefined : parseSize(Buffer.from(line));
          if (size) callback(size);
        }
      });
    },
    finish: async status => {
      if (finished) return;
      finished = true;
      const text = protocol.startsWith('v4.')
        ? JSON.stringify(status)
        : status.status === 'Success'
          ? ''
          : String(status.message ?? '');
      await new Promise<void>(resolve => {
        streams.get('error')?.end(text, () => resolve());
        if (socket.destroyed) resolve();
      });
      connection.close();
    },
    closed: connection.closed,
  };
}
