/** A TCP proxy on loopback whose connections a test can cut, hold back or delay. */
import { createServer, connect as dial, type Socket } from 'node:net';
import { sleep, systemClock } from '../../base/clock.ts';

export interface TcpProxy {
  readonly port: number;
  /**
   * Answers come so much later, milliseconds. Infinity: nothing passes any more in either direction,
   * nor later on the connections that were used meanwhile.
   */
  delayMs: number;
  /** Ends all connections; new ones are refused until `restore`. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const silent = new WeakSet<Socket>();
  let isCut = false;
  const keep = (socket: Socket, other: Socket, isAnswer: boolean) => {
    sockets.add(socket);
    // What comes later goes later, whatever the delay has become.
    let before = Promise.resolve();
    socket.on('data', data => {
      const { delayMs } = proxy;
      if (!Number.isFinite(delayMs)) silent.add(socket);
      if (silent.has(socket)) return;
      const due = isAnswer && delayMs > 0 ? sleep(systemClock, delayMs) : undefined;
      before = before.then(async () => {
        await due;
        other.write(data);
      });
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
    keep(client, target, false);
    keep(target, client, true);
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
