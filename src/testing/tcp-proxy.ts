/** A TCP proxy on loopback whose connections a test can cut, hold back or delay. */
import { createServer, connect as dial, type Socket } from 'node:net';
import { systemClock } from '../base/clock.ts';

export interface TcpProxy {
  readonly port: number;
  /** Each piece of data, in both directions, comes so much later, milliseconds; Infinity: never. */
  delayMs: number;
  /** Ends all connections; new ones are refused until `restore`. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('data', data => {
      if (proxy.delayMs === 0) other.write(data);
      else if (Number.isFinite(proxy.delayMs)) systemClock.schedule(proxy.delayMs, () => other.write(data));
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer(client => {
    if (isCut) return client.destroy();
    const target = dial(targetPort, '127.0.0.1');
    keep(client, target);
    keep(target, client);
  });
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const port = await new Promise<number>(done => {
    server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port));
  });
  const proxy: TcpProxy = {
    port,
    delayMs: 0,
    cut,
    restore: () => {
      isCut = false;
    },
    close: async () => {
      cut();
      await new Promise(done => server.close(done));
    },
  };
  return proxy;
}
