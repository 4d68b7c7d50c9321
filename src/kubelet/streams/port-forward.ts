/** One connection to a port of a pod behind a streaming URL that CRI's PortForward gave. */
import { Duplex } from 'node:stream';
import { connectSpdy } from './upgrade.ts';

/** @throws Error when the runtime does not take the connection. */
export async function openPortForward(url: string, port: number): Promise<Duplex> {
  const { connection } = await connectSpdy(url, ['portforward.k8s.io']);
  const headers = { port: String(port), requestID: '0' };
  const error = connection.createStream({ streamType: 'error', ...headers }, true);
  const data = connection.createStream({ streamType: 'data', ...headers });
  error.on('error', () => {});
  let why = '';
  error.on('data', (chunk: Buffer) => {
    why += chunk.toString();
  });
  // What the runtime says on the error stream is why the connection failed: hand it on.
  error.once('end', () => {
    if (why !== '') data.destroy(new Error(why.trim()));
  });
  data.once('close', () => connection.close());
  return data;
}
