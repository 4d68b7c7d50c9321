/**
 * Logs of the mirror pods, in front of the node's own streams: the lines are those of the
 * component's log file. There is no container to run a command in, and saying so is all that is
 * offered of exec, attach and port-forward.
 */
import { createReadStream, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { badRequest } from '../../api/status-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { ContainerTarget, LogOptions, NodeStreams } from '../../wire/streams/contract.ts';
import type { ComponentLogs } from '../server/logging.ts';
import { selectLogLines } from './log-lines.ts';
import { MIRROR_NAMESPACE } from './mirror-pod.ts';

export interface ComponentStreamsOptions {
  /** The component of a mirror pod, by the pod's name. */
  readonly components: ReadonlyMap<string, string>;
  readonly logs: ComponentLogs;
  readonly clock: Clock;
  readonly node: NodeStreams;
}

export function componentStreams({ components, logs, clock, node }: ComponentStreamsOptions): NodeStreams {
  const componentOf = (target: Pick<ContainerTarget, 'namespace' | 'pod'>): string | undefined =>
    target.namespace === MIRROR_NAMESPACE ? components.get(target.pod) : undefined;
  const refuse = (pod: string, what: string) =>
    badRequest(`pod ${pod} is a part of Peapod's own process: there is no container to ${what}`);
  return {
    async logs(target, options, signal) {
      const component = componentOf(target);
      if (component === undefined) return node.logs(target, options, signal);
      if (options.previous) {
        throw badRequest(
          `previous terminated container "${target.container}" in pod "${target.pod}" not found`,
        );
      }
      return componentLog(logs.path(component), options, clock, signal);
    },
    async exec(target, command, stdio) {
      if (componentOf(target) !== undefined) throw refuse(target.pod, 'run a command in');
      return node.exec(target, command, stdio);
    },
    async attach(target, stdio) {
      if (componentOf(target) !== undefined) throw refuse(target.pod, 'attach to');
      return node.attach(target, stdio);
    },
    async portForward(target, port) {
      if (componentOf(target) !== undefined) throw refuse(target.pod, 'forward a port of');
      return node.portForward(target, port);
    },
  };
}

async function componentLog(
  path: string,
  options: LogOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Readable> {
  const written = await readFile(path).catch(() => Buffer.alloc(0));
  const whole = written.subarray(0, endOfLastLine(written));
  const selected = selectLogLines(whole.toString(), options, clock.now());
  if (!options.follow) return Readable.from([selected]);
  return Readable.from(follow(path, whole.length, selected, options, signal), { objectMode: false });
}

/**
 * What is there, then what is appended, until the client goes or has the bytes it asked for.
 * @param from the byte of the file that follows `first`
 */
async function* follow(
  path: string,
  from: number,
  first: string,
  { timestamps = false, limitBytes }: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (first !== '') yield first;
  let left = limitBytes === undefined ? undefined : limitBytes - Buffer.byteLength(first);
  let wake: () => void = () => {};
  let changed = false;
  let failed: Error | undefined;
  const watcher = watch(path, () => {
    changed = true;
    wake();
  });
  watcher.once('error', error => {
    failed = error;
    wake();
  });
  const abort = () => wake();
  signal.addEventListener('abort', abort, { once: true });
  try {
    let position = from;
    while (!signal.aborted && (left === undefined || left > 0)) {
      if (failed) throw failed;
      changed = false;
      const appended = await readFrom(path, position);
      // A line that is still being written is left for the next time.
      const end = endOfLastLine(appended);
      position += end;
      if (end > 0) {
        const limit = left === undefined ? {} : { limitBytes: left };
        const lines = selectLogLines(appended.toString('utf8', 0, end), { timestamps, ...limit }, 0);
        if (left !== undefined) left -= Buffer.byteLength(lines);
        yield lines;
      } else if (!changed && !failed && !signal.aborted) {
        await new Promise<void>(resolve => (wake = resolve));
      }
    }
  } finally {
    signal.removeEventListener('abort', abort);
    watcher.close();
  }
}

const endOfLastLine = (text: Buffer): number => text.lastIndexOf(0x0a) + 1;

async function readFrom(path: string, start: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
