// The protocols of exec, attach and port-forward from a client's socket to a process on the node
// and back: real HTTP upgrades on 127.0.0.1, the process played by streams.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type Duplex, PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { servePortForward } from '../src/apiserver/streams/port-forward.ts';
import { serveRemoteCommand, stdioOptions } from '../src/apiserver/streams/remote-command.ts';
import { systemClock } from '../src/base/clock.ts';
import { silentLogger } from '../src/base/log.ts';
import { openPortForward } from '../src/kubelet/streams/port-forward.ts';
import { openRemoteCommand } from '../src/kubelet/streams/remote-command.ts';
import type { RemoteProcess, StdioOptions } from '../src/wire/streams/contract.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const s of servers.splice(0)) {
    s.closeAllConnections();
    s.close();
  }
});

/** `cat` that shouts on stderr and exits with `code` when its input ends. */
function cat(stdio: StdioOptions, code: number, sizes: unknown[] = []): RemoteProcess {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.pipe(stdout);
  stderr.end(stdio.stderr ? 'warned' : undefined);
  return {
    stdin: stdio.stdin ? stdin : undefined,
    stdout: stdio.stdout ? stdout : undefined,
    stderr: stdio.stderr ? stderr : undefined,
    resize: size => sizes.push(size),
    exit: once(stdout, 'end').then(() => ({ code })),
    close: () => stdin.end(),
  };
}

async function listen(
  start: (stdio: StdioOptions) => Promise<RemoteProcess>,
  dial?: (port: number) => Promise<Duplex>,
): Promise<string> {
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    const context = { request, socket, head, clock: systemClock, log: silentLogger };
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    if (dial) return void servePortForward(context, query.getAll('ports').map(Number), dial);
    const stdio = stdioOptions(query);
    void serveRemoteCommand(context, stdio, () => start(stdio));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

interface Received {
  readonly channels: Map<number, string>;
  readonly closeCode: Promise<number>;
}

function receive(ws: WebSocket): Received {
  const channels = new Map<number, string>();
  ws.on('message', (data: Buffer) => {
    const channel = data[0] ?? -1;
    channels.set(channel, (channels.get(channel) ?? '') + data.toString('utf8', 1));
  });
  return { channels, closeCode: once(ws, 'close').then(([code]) => code as number) };
}

const STDIO = 'stdin=1&stdout=1&stderr=1';

test('WebSocket v5: closing the stdin channel ends the process, whose exit code comes as a Status', async () => {
  const sizes: unknown[] = [];
  const at = await listen(async stdio => cat(stdio, 3, sizes));
  const ws = new WebSocket(`ws://${at}/?${STDIO}`, ['v5.channel.k8s.io', 'v4.channel.k8s.io']);
  const { channels, closeCode } = receive(ws);
  await once(ws, 'open');
  ws.send(Buffer.concat([Buffer.from([4]), Buffer.from('{"Width":80,"Height":24}')]));
  ws.send(Buffer.concat([Buffer.from([0]), Buffer.from('hello')]));
  ws.send(Buffer.from([255, 0]));
  expect(await closeCode).toBe(1000);
  expect(channels.get(1)).toBe('hello');
  expect(channels.get(2)).toBe('warned');
  expect(sizes).toEqual([{ width: 80, height: 24 }]);
  expect(JSON.parse(channels.get(3) ?? '')).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  });
});

test('empty messages and input after its end are passed over, in each notation of the channels', async () => {
  const message = (notation: string, channel: number, payload: Buffer) =>
    notation.includes('base64')
      ? `${channel}${payload.toString('base64')}`
      : Buffer.concat([Buffer.from([channel]), payload]);
  for (const notation of ['v5.channel.k8s.io', 'v4.base64.channel.k8s.io']) {
    const at = await listen(async stdio => cat(stdio, 0));
    const ws = new WebSocket(`ws://${at}/?stdin=1&stdout=1`, notation);
    const { closeCode } = receive(ws);
    const echoed = new Promise<void>(resolve => {
      ws.on('message', (data: Buffer) => {
        if (data.toString().includes(notation.includes('base64') ? btoa('in') : 'in')) resolve();
      });
    });
    await once(ws, 'open');
    ws.send(Buffer.alloc(0));
    ws.send(message(notation, 0, Buffer.alloc(0)));
    ws.send(message(notation, 0, Buffer.from('in')));
    await echoed;
    ws.send(message(notation, 255, Buffer.from([0])));
    ws.send(message(notation, 0, Buffer.from('late')));
    ws.close();
    expect(await closeCode).toBeGreaterThanOrEqual(1000);
  }
});

test('a process that does not start is told on the error channel', async () => {
  const at = await listen(async () => Promise.reject(new Error('executable file not found')));
  const ws = new WebSocket(`ws://${at}/?stdout=1`, 'v4.channel.k8s.io');
  const { channels, closeCode } = receive(ws);
  await closeCode;
  expect(JSON.parse(channels.get(3) ?? '')).toMatchObject({
    status: 'Failure',
    message: 'executable file not found',
  });
});

test('SPDY: our client to a runtime and our server for clients understand each other', async () => {
  const sizes: unknown[] = [];
  const at = await listen(async stdio => cat(stdio, 7, sizes));
  const remote = await openRemoteCommand(`http://${at}/?${STDIO}`, {
    stdin: true,
    stdout: true,
    stderr: true,
    tty: false,
  });
  let out = '';
  remote.stdout?.on('data', (c: Buffer) => (out += c.toString()));
  let err = '';
  remote.stderr?.on('data', (c: Buffer) => (err += c.toString()));
  remote.stdin?.end('x'.repeat(300_000));
  expect(await remote.exit).toEqual({ code: 7 });
  expect([out.length, err]).toEqual([300_000, 'warned']);
});

test('SPDY with a TTY carries sizes and has no stderr', async () => {
  const sizes: unknown[] = [];
  const at = await listen(async stdio => cat(stdio, 0, sizes));
  const remote = await openRemoteCommand(`http://${at}/?${STDIO}&tty=1`, {
    stdin: true,
    stdout: true,
    stderr: true,
    tty: true,
  });
  remote.stdout?.resume();
  remote.resize({ width: 100, height: 30 });
  // Sizes have a stream of their own, which may come after the end of stdin.
  await vi.waitFor(() => expect(sizes).toHaveLength(1));
  remote.stdin?.end();
  expect(await remote.exit).toEqual({ code: 0 });
  expect(sizes).toEqual([{ width: 100, height: 30 }]);
  expect(remote.stderr).toBeUndefined();
});

test('when the client goes away the process is released', async () => {
  let released: () => void = () => {};
  const gone = new Promise<void>(resolve => {
    released = resolve;
  });
  const at = await listen(async stdio => ({ ...cat(stdio, 0), close: released }));
  const ws = new WebSocket(`ws://${at}/?${STDIO}`, 'v5.channel.k8s.io');
  await once(ws, 'open');
  ws.terminate();
  await gone;
});

test('an unknown protocol is refused with a readable answer', async () => {
  const at = await listen(async stdio => cat(stdio, 0));
  const ws = new WebSocket(`ws://${at}/?${STDIO}`, 'v9.channel.k8s.io');
  const [, response] = (await once(ws, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(403);
  ws.on('error', () => {});
  ws.terminate();
});

test('port-forward: each connection reaches its port, and a refused one says why', async () => {
  const echo = async (port: number) => {
    if (port !== 80) throw new Error('connection refused');
    return new PassThrough();
  };
  const at = await listen(async stdio => cat(stdio, 0), echo);
  const connection = await openPortForward(`http://${at}/`, 80);
  connection.write('ping');
  expect(String((await once(connection, 'data'))[0])).toBe('ping');
  connection.end();
  await once(connection, 'end');

  const refused = await openPortForward(`http://${at}/`, 81);
  const [error] = (await once(refused, 'error')) as [Error];
  expect(error.message).toMatch(/connection refused|reset/);
});

test('stdio options follow upstream: at least one, and a TTY has no stderr', () => {
  expect(() => stdioOptions(new URLSearchParams(''))).toThrow(
    'you must specify at least 1 of stdin, stdout, stderr',
  );
  expect(stdioOptions(new URLSearchParams('stdout=true&stderr=true&tty=true'))).toEqual({
    stdin: false,
    stdout: true,
    stderr: false,
    tty: true,
  });
});
