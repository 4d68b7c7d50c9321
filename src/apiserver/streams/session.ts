/**
 * The client's end of a remote command, whatever protocol it speaks, and the bridge that joins it
 * to the process on the node. websocket-session.ts and spdy-session.ts make sessions.
 */
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RemoteProcess } from '../../wire/streams/contract.ts';
import { exitStatus, failureStatus } from '../../wire/streams/exit-status.ts';

export interface CommandSession {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** Terminal sizes, when the client sends them. */
  onResize(callback: (size: { width: number; height: number }) => void): void;
  /** Tells the client how it ended and closes; later calls do nothing. */
  finish(status: Record<string, unknown>): Promise<void>;
  /** Resolves when the client is gone. */
  readonly closed: Promise<void>;
}

/** Runs `start` for the session and carries bytes until the process or the client ends. */
export async function bridge(session: CommandSession, start: () => Promise<RemoteProcess>): Promise<void> {
  let remote: RemoteProcess;
  try {
    remote = await start();
  } catch (error) {
    return session.finish(failureStatus(error));
  }
  void session.closed.then(() => remote.close());
  session.onResize(size => remote.resize(size));
  // Input that cannot be delivered (the process closed its stdin) is no failure of the command.
  if (session.stdin && remote.stdin) pipeline(session.stdin, remote.stdin).catch(() => remote.stdin?.end());
  const outputs = [
    [remote.stdout, session.stdout],
    [remote.stderr, session.stderr],
  ] as const;
  try {
    await Promise.all(outputs.map(async ([from, to]) => from && to && pipeline(from, to)));
    await session.finish(exitStatus(await remote.exit));
  } catch (error) {
    await session.finish(failureStatus(error));
  } finally {
    remote.close();
  }
}
