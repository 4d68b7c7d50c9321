/**
 * Remote commands over WebSocket: the channel.k8s.io protocols. Each message's first byte is its
 * channel: 0 stdin, 1 stdout, 2 stderr, 3 error, 4 resize; since v5 also 255, whose second byte
 * names a channel that ends (KEP-4006), which is how `kubectl exec -i` closes stdin. In the base64
 * variants the channel is a digit and the rest is base64 text.
 */
import { Readable, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { StdioOptions } from '../../wire/streams/contract.ts';
import type { CommandSession } from './session.ts';

/** In order of preference. The empty name is what clients that name none get. */
export const COMMAND_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
] as const;

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const NORMAL_CLOSURE = 1000;
const DIGIT_ZERO = 0x30;

export function websocketSession(ws: WebSocket, stdio: StdioOptions): CommandSession {
  const base64 = ws.protocol.includes('base64');
  const sendsStatus = /^v[45]\./.test(ws.protocol);
  // kubectl sends the first size at once, before the process is there to be told.
  let lastSize: { width: number; height: number } | undefined;
  let resized: (size: { width: number; height: number }) => void = size => {
    lastSize = size;
  };
  let stdinEnded = false;
  let finished = false;

  const send = (channel: number, payload: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      if (ws.readyState !== ws.OPEN) return reject(new Error('The client closed the connection'));
      const message = base64
        ? `${channel}${payload.toString('base64')}`
        : Buffer.concat([Buffer.from([channel]), payload]);
      ws.send(message, error => (error ? reject(error) : resolve()));
    });
  const output = (channel: number): Writable =>
    new Writable({
      write: (chunk: Buffer, _encoding, callback) => {
        send(channel, chunk).then(() => callback(), callback);
      },
    });
  const stdin = stdio.stdin ? new Readable({ read: () => ws.resume() }) : undefined;
  const closed = new Promise<void>(resolve => {
    ws.once('close', () => {
      stdin?.destroy();
      resolve();
    });
  });
  ws.on('error', () => ws.terminate());
  ws.on('message', (data: Buffer) => {
    const { channel, payload } = readMessage(data, base64);
    if (channel === CHANNEL.stdin && stdin && !stdinEnded) {
      // A Readable has no empty chunk; an empty message is how clients keep a connection alive.
      if (payload.length > 0 && !stdin.push(payload)) ws.pause();
    } else if (channel === CHANNEL.resize) {
      const size = parseSize(payload);
      if (size) resized(size);
    } else if (channel === CHANNEL.close && payload[0] === CHANNEL.stdin) {
      stdinEnded = true;
      stdin?.push(null);
    }
  });

  // The protocol begins with an empty message on each output channel, as upstream sends it.
  for (const channel of [CHANNEL.stdout, CHANNEL.stderr, CHANNEL.error])
    send(channel, Buffer.alloc(0)).catch(() => {});

  return {
    stdin,
    stdout: stdio.stdout ? output(CHANNEL.stdout) : undefined,
    stderr: stdio.stderr ? output(CHANNEL.stderr) : undefined,
    onResize: callback => {
      resized = callback;
      if (lastSize) callback(lastSize);
    },
    finish: async status => {
      if (finished) return;
      finished = true;
      const succeeded = status.status === 'Success';
      const text = sendsStatus ? JSON.stringify(status) : succeeded ? '' : String(status.message ?? '');
      if (text !== '') await send(CHANNEL.error, Buffer.from(text)).catch(() => {});
      ws.resume();
      ws.close(NORMAL_CLOSURE);
    },
    closed,
  };
}

/** Of the channel protocols. `channel` is no channel's number when the message is empty. */
export function readMessage(
  message: Buffer,
  base64: boolean,
): { readonly channel: number; readonly payload: Buffer } {
  const [first] = message;
  if (first === undefined) return { channel: -1, payload: message };
  return base64
    ? { channel: first - DIGIT_ZERO, payload: Buffer.from(message.toString('latin1', 1), 'base64') }
    : { channel: first, payload: message.subarray(1) };
}

/** {"Width":80,"Height":24} */
export function parseSize(payload: Buffer): { width: number; height: number } | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(payload.toString()) as {
      Width?: unknown;
      Height?: unknown;
    };
    const valid = (n: unknown): n is number =>
      Number.isInteger(n) && (n as number) > 0 && (n as number) < 65_536;
    return valid(width) && valid(height) ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}
