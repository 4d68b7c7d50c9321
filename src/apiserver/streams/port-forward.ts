/**
 * pods/portforward: SPDY/3.1, SPDY/3.1 carried in WebSocket messages (KEP-4006, what kubectl uses),
 * and the older WebSocket channels with the ports in the query.
 *
 * In SPDY each connection is a pair of streams, data and error, with the same requestID. An error
 * goes to the error stream and ends that connection only.
 */
import { type Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWebSocketStream, type WebSocket } from 'ws';
import { badRequest } from '../../api/status-error.ts';
import { SpdyConnection, type SpdyStream } from '../../wire/spdy/connection.ts';
import {
  acceptSpdy,
  acceptWebSocket,
  isSpdyUpgrade,
  isWebSocketUpgrade,
  negotiate,
  noProtocol,
  offeredSpdyProtocols,
  offeredWebSocketProtocols,
  refuse,
  type UpgradeContext,
} from './upgrade.ts';
import { readMessage } from './websocket-session.ts';

export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
const TUNNEL_PROTOCOL = `SPDY/3.1+${PORT_FORWARD_PROTOCOL}`;
const CHANNEL_PROTOCOLS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'] as const;

/** Opens a connection to a port in the pod. */
export type Dial = (port: number) => Promise<Duplex>;

/** Never rejects. `ports` are those of the query, used by the WebSocket channels alone. */
export async function servePortForward(
  context: UpgradeContext,
  ports: readonly number[],
  dial: Dial,
): Promise<void> {
  const { request, socket, head, log } = context;
  socket.on('error', () => socket.destroy());
  try {
    if (isWebSocketUpgrade(request)) {
      const offered = offeredWebSocketProtocols(request);
      const protocol = negotiate(offered, [TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS]);
      if (protocol === undefined)
        return refuse(socket, noProtocol(offered, [TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS]));
      const ws = await acceptWebSocket(request, socket, head, [protocol]);
      ws.on('error', () => ws.terminate());
      if (protocol === TUNNEL_PROTOCOL) return await overSpdy(createWebSocketStream(ws), dial);
      return await overChannels(ws, ports, dial);
    }
    if (isSpdyUpgrade(request)) {
      const offered = offeredSpdyProtocols(request);
      const protocol = negotiate(offered, [PORT_FORWARD_PROTOCOL]);
      if (protocol === undefined) return refuse(socket, noProtocol(offered, [PORT_FORWARD_PROTOCOL]));
      acceptSpdy(socket, protocol || PORT_FORWARD_PROTOCOL);
      if (head.length > 0) socket.unshift(head);
      return await overSpdy(socket, dial);
    }
    refuse(socket, badRequest('unable to upgrade: expected Upgrade: websocket or SPDY/3.1'));
  } catch (error) {
    log.debug('port-forward ended', { error: String(error) });
    socket.destroy();
  }
}

function overSpdy(transport: Duplex, dial: Dial): Promise<void> {
  const halves = new Map<string, SpdyStream>();
  transport.on('error', () => transport.destroy());
  const connection = new SpdyConnection(transport, {
    role: 'server',
    onStream: stream => {
      const { streamtype, requestid = '', port = '' } = stream.headers;
      if (streamtype !== 'data' && streamtype !== 'error') return void stream.destroy();
      stream.reply();
      stream.on('error', () => {});
      const other = halves.get(requestid);
      if (!other) return void halves.set(requestid, stream);
      halves.delete(requestid);
      const [data, error] = streamtype === 'data' ? [stream, other] : [other, stream];
      void forward(data, error, Number(port), dial);
    },
  });
  return connection.closed;
}

async function forward(data: SpdyStream, error: SpdyStream, port: number, dial: Dial): Promise<void> {
  try {
    const target = await dial(port);
    await Promise.all([pipeline(data, target), pipeline(target, data)]);
    error.end();
  } catch (cause) {
    error.end(
      `error forwarding port ${port} to pod: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
    data.destroy();
  }
}

/** Channel 2i carries data of the i-th port, 2i+1 its errors; each begins with the port, little-endian. */
async function overChannels(ws: WebSocket, ports: readonly number[], dial: Dial): Promise<void> {
  const base64 = ws.protocol.includes('base64');
  const send = (channel: number, payload: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const message = base64
        ? `${channel}${payload.toString('base64')}`
        : Buffer.concat([Buffer.from([channel]), payload]);
      ws.send(message, error => (error ? reject(error) : resolve()));
    });
  const inputs = ports.map(() => new Readable({ read: () => {} }));
  ws.on('message', (message: Buffer) => {
    const { channel, payload } = readMessage(message, base64);
    if (channel % 2 === 0 && payload.length > 0) inputs[channel / 2]?.push(payload);
  });
  const closed = new Promise<void>(resolve => ws.once('close', () => resolve()));
  void closed.then(() => {
    for (const input of inputs) input.push(null);
  });
  await Promise.all(
    ports.map(async (port, i) => {
      const announced = Buffer.alloc(2);
      announced.writeUInt16LE(port);
      await send(2 * i, announced);
      await send(2 * i + 1, announced);
      try {
        const target = await dial(port);
        const output = new Writable({
          write: (chunk: Buffer, _encoding, callback) => {
            send(2 * i, chunk).then(() => callback(), callback);
          },
        });
        await Promise.all([pipeline(inputs[i] ?? Readable.from([]), target), pipeline(target, output)]);
      } catch (error) {
        await send(2 * i + 1, Buffer.from(error instanceof Error ? error.message : String(error))).catch(
          () => {},
        );
      }
    }),
  );
  ws.close(1000);
  await closed;
}
