/**
 * Asks one resolver one question and gives its answer, byte for byte. Each question has a socket
 * and so a port of its own, and an id nobody can guess: an answer that was not asked for is not
 * taken (RFC 5452).
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { endOfName } from './message.ts';

export interface Upstream {
  readonly address: string;
  /** Absent: 53. */
  readonly port?: number;
}

export interface UpstreamOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly transport: 'udp' | 'tcp';
}

/** The answer has the query's id. @throws Error when there is none in time */
export async function askUpstream(
  query: Buffer,
  upstream: Upstream,
  options: UpstreamOptions,
): Promise<Buffer> {
  const asked = Buffer.from(query);
  asked.writeUInt16BE(randomInt(0x10000), 0);
  const answer = Buffer.from(
    await (options.transport === 'udp' ? overUdp : overTcp)(asked, upstream, options),
  );
  query.copy(answer, 0, 0, 2);
  return answer;
}

/** It answers this very question: same id, same name, type and class. */
function matches(asked: Buffer, answer: Buffer): boolean {
  if (answer.length < 12 || answer.readUInt16BE(0) !== asked.readUInt16BE(0)) return false;
  if ((answer.readUInt16BE(2) & 0x8000) === 0 || answer.readUInt16BE(4) !== 1) return false;
  const end = endOfName(asked, 12) + 4;
  const questionOf = (bytes: Buffer) => bytes.toString('latin1', 12, end).toLowerCase();
  return questionOf(answer) === questionOf(asked);
}

function overUdp(asked: Buffer, { address, port = 53 }: Upstream, options: UpstreamOptions): Promise<Buffer> {
  const socket = createSocket(isIPv6(address.split('%')[0] ?? '') ? 'udp6' : 'udp4');
  return new Promise<Buffer>((resolve, reject) => {
    const timer = options.clock.schedule(options.timeoutMs, () =>
      reject(new Error(`${address} does not answer`)),
    );
    const end = (settle: () => void) => {
      timer.cancel();
      settle();
    };
    socket.on('error', error => end(() => reject(error)));
    socket.on('message', answer => {
      if (matches(asked, answer)) end(() => resolve(answer));
    });
    // Connected, the socket takes packets from nobody else, and hears at once of a closed port.
    // Without a route, the error comes to the callback and nowhere else, and nothing can be sent.
    const failed = (error?: Error | null) => {
      if (error) end(() => reject(error));
      return !!error;
    };
    socket.connect(port, address, (error?: Error) => {
      if (!failed(error)) socket.send(asked, failed);
    });
  }).finally(() => socket.close());
}

function overTcp(asked: Buffer, { address, port = 53 }: Upstream, options: UpstreamOptions): Promise<Buffer> {
  const socket = connect({ host: address, port });
  return new Promise<Buffer>((resolve, reject) => {
    const timer = options.clock.schedule(options.timeoutMs, () =>
      reject(new Error(`${address} does not answer`)),
    );
    let received = Buffer.alloc(0);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(asked.length);
    socket.on('error', reject);
    socket.on('close', () => {
      timer.cancel();
      reject(new Error(`${address} closed the connection`));
    });
    socket.on('connect', () => socket.write(Buffer.concat([length, asked])));
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const answer = received.subarray(2, 2 + received.readUInt16BE(0));
      if (matches(asked, answer)) resolve(answer);
      else reject(new Error(`${address} answered another question`));
    });
  }).finally(() => socket.destroy());
}
