/**
 * Logs of the mirror pods, in front of the node's own streams: the lines are those of the
 * component's log file. There is no container to run a command in, and saying so is all that is
 * offered of exec, attach and port-forward.
 */
import { createReadStream, watch } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
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
  const text = await readFile(path, 'utf8').catch(() => '');
  const selected = selectLogLines(text, options, clock.now());
  if (!options.follow) return Readable.from([selected]);
  return Readable.from(follow(path, Buffer.byteLength(text), selected, options, signal), {
    objectMode: false,
  });
}

/** What is there, then what is appended, until the client goes. */
async function* follow(path: string, from: number, first: string, options: LogOptions, signal: AbortSignal) {
  if (first !== '') yield first;
  let wake: () => void = () => {};
  let changed = false;
  const watcher = watch(path, () => {
    changed = true;
    wake();
  });
  const abort = () => wake();
  signal.addEventListener('abort', abort, { once: true });
  try {
    let position = from;
    while (!signal.aborted) {
      changed = false;
      const { size } = await (async () => {
        await using handle = await open(path);
        return handle.stat();
      })();
      if (size > position) {
        const chunks: Buffer[] = [];
        for await (const chunk of createReadStream(path, { start: position, end: size - 1 }))
          chunks.push(chunk as Buffer);
        const appended = Buffer.concat(chunks);
        // A line that is still being written is left for the next time.
        const end = appended.lastIndexOf(0x0a) + 1;
        position += end;
        const { timestamps } = options;
        if (end > 0)
          yield selectLogLines(appended.toString('utf8', 0, end), timestamps ? { timestamps } : {}, 0);
      }
      if (!changed && !signal.aborted) await new Promise<void>(resolve => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', abort);
    watcher.close();
  }
}
