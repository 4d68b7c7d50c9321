/** What the conformance tests share: requests that must succeed, and watches read event by event. */
import type { ApiServer } from '../../src/apiserver/server.ts';
import { type Answer, apiRequest, type CallOptions, call } from '../../src/testing/api-requests.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';

export interface Kube {
  readonly kind?: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly [field: string]: unknown;
}

export interface KubeList extends Kube {
  readonly items: readonly Kube[];
}

/** The answer's body. @throws Error with the answer when it is no success */
export async function ask<T = Kube>(
  server: ApiServer,
  method: string,
  target: string,
  options: CallOptions = {},
): Promise<T> {
  const answer = await call(server, method, target, options);
  if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${target}: ${describe(answer)}`);
  return answer.json as unknown as T;
}

const describe = ({ status, text }: Answer) => `${status} ${text}`;

export const patchOf = (type: 'merge' | 'strategic-merge' | 'json', body: unknown): CallOptions => ({
  headers: { 'content-type': `application/${type}-patch+json` },
  body,
});

export interface WatchedEvent {
  readonly type: string;
  readonly object: Kube;
}

export interface OpenWatch {
  /** Events that have come and were not taken yet, those included that a lively stream still holds back. */
  take(): Promise<readonly WatchedEvent[]>;
  stop(): Promise<void>;
}

/** More than events are held back to go together. */
const HELD_BACK_MS = 10;

/**
 * @param clock the server's
 * @param target with its query; `watch=true` is added
 * @throws Error when it is refused
 */
export async function openWatch(server: ApiServer, clock: VirtualClock, target: string): Promise<OpenWatch> {
  const abort = new AbortController();
  const { signal } = abort;
  const url = `${target}${target.includes('?') ? '&' : '?'}watch=true`;
  const { status, body } = await server.handle(apiRequest('GET', url, { signal }));
  if (status !== 200 || typeof body !== 'function') throw new Error(`GET ${url}: ${status}`);
  let events: WatchedEvent[] = [];
  const write = (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n'))
      if (line !== '') events.push(JSON.parse(line) as WatchedEvent);
  };
  const running = body({ write, pendingBytes: () => 0, drained: async () => {}, signal });
  return {
    async take() {
      await clock.advance(HELD_BACK_MS);
      const taken = events;
      events = [];
      return taken;
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}
