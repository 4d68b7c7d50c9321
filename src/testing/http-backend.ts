/**
 * Servers that stand for pods and nodes behind the API server's proxy: `dial` leads every address to
 * the backend of that name, as loopback addresses are refused.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dial } from '../apiserver/reverse-proxy/connect.ts';

export interface HttpBackend extends AsyncDisposable {
  readonly server: Server;
  /** Leads any address here. */
  readonly dial: Dial;
  /** How many connections are open. */
  connections(): Promise<number>;
}

export async function startHttpBackend(
  onRequest: RequestListener,
  onUpgrade?: (message: IncomingMessage, socket: Duplex, head: Buffer) => void,
  create: (listener: RequestListener) => Server = createServer,
): Promise<HttpBackend> {
  const server = create(onRequest);
  if (onUpgrade) server.on('upgrade', onUpgrade);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    dial: () => connect({ host: '127.0.0.1', port }),
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
