/** Connects to the runtime's streaming server: an HTTP upgrade to SPDY/3.1 on the node's loopback. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { SpdyConnection } from '../../wire/spdy/connection.ts';

export interface SpdyUpgrade {
  readonly connection: SpdyConnection;
  /** What the server chose of the protocols offered. */
  readonly protocol: string;
}

/** @throws Error with the server's answer when it does not upgrade. */
export function connectSpdy(url: string, protocols: readonly string[]): Promise<SpdyUpgrade> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'SPDY/3.1',
        'X-Stream-Protocol-Version': protocols.join(', '),
      },
    });
    outgoing.once('upgrade', (response, socket, head) => {
      socket.setNoDelay(true);
      if (head.length > 0) socket.unshift(head);
      const chosen = response.headers['x-stream-protocol-version'];
      const protocol = (Array.isArray(chosen) ? chosen[0] : chosen) ?? protocols[0] ?? '';
      resolve({ connection: new SpdyConnection(socket, { role: 'client' }), protocol });
    });
    outgoing.once('response', response => {
      // An answer that breaks off rejects, too.
      text(response).then(
        body =>
          reject(new Error(`Cannot upgrade: the runtime answered ${response.statusCode}: ${body.trim()}`)),
        reject,
      );
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}
