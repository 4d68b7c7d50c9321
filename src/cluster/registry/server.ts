/**
 * The node's own registry, on loopback: loaded images are pulled from it whatever their pull policy
 * says. No TLS and no login: only this machine reaches it, and it gives away nothing but images.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ContentStore } from './content-store.ts';
import { registryHandler } from './handler.ts';

export interface Registry extends AsyncDisposable {
  /** 127.0.0.1:<port> */
  readonly address: string;
}

export interface RegistryOptions {
  readonly dir: string;
  /** 0: any free one. */
  readonly port: number;
}

export async function serveRegistry({ dir, port }: RegistryOptions): Promise<Registry> {
  const handle = registryHandler(new ContentStore(dir));
  const server = createServer((request, response) => void handle(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // Such as too many open files: containerd asks again.
  server.on('error', () => {});
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
