/**
 * A process behind a streaming URL that CRI's Exec or Attach gave: one SPDY stream for each of
 * error, stdin, stdout, stderr and resize (remotecommand protocol v4).
 */
import type { SpdyStream } from '../../wire/spdy/connection.ts';
import type { ExitResult, RemoteProcess, StdioOptions } from '../../wire/streams/contract.ts';
import { parseExitStatus } from '../../wire/streams/exit-status.ts';
import { connectSpdy } from './upgrade.ts';

/** @throws Error when the runtime does not take the connection. */
export async function openRemoteCommand(url: string, stdio: StdioOptions): Promise<RemoteProcess> {
  const { connection } = await connectSpdy(url, ['v4.channel.k8s.io']);
  const open = (streamType: string, receiveOnly: boolean): SpdyStream => {
    const stream = connection.createStream({ streamType }, receiveOnly);
    stream.on('error', () => {});
    stream.resetEnds = receiveOnly;
    return stream;
  };
  // The order is upstream's; the runtime begins when all it expects are there.
  const error = open('error', true);
  const stdin = stdio.stdin ? open('stdin', false) : undefined;
  const stdout = stdio.stdout ? open('stdout', true) : undefined;
  const stderr = stdio.stderr && !stdio.tty ? open('stderr', true) : undefined;
  const resize = stdio.tty ? open('resize', false) : undefined;
  stdin?.resume();
  resize?.resume();
  return {
    stdin,
    stdout,
    stderr,
    resize: ({ width, height }) => {
      if (resize?.writable) resize.write(`${JSON.stringify({ Width: width, Height: height })}\n`);
    },
    exit: readExit(error, connection.closed),
    close: () => connection.close(),
  };
}

function readExit(error: SpdyStream, closed: Promise<void>): Promise<ExitResult> {
  return new Promise(resolve => {
    let text = '';
    error.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    error.once('end', () => resolve(parseExitStatus(text)));
    void closed.then(() =>
      resolve(
        text === ''
          ? { error: 'the runtime closed the connection before the command ended' }
          : parseExitStatus(text),
      ),
    );
  });
}
