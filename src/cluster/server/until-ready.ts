/** When a cluster that is starting counts as up: its node is Ready and every component healthy. */
import { type Clock, sleep } from '../../base/clock.ts';
import type { Client } from '../../client/contract.ts';
import { NODES } from '../../client/resources.ts';
import type { Node } from '../../generated/core-v1.ts';
import type { Component } from './component.ts';

const READY_LIMIT_MS = 120_000;
/** Components tell their health when asked only; this is while somebody waits for them. */
const HEALTH_INTERVAL_MS = 10;

export interface ReadyOptions {
  readonly client: Client;
  readonly nodeName: string;
  readonly components: readonly Component[];
  readonly clock: Clock;
  /** Aborted: the start is given up. */
  readonly signal: AbortSignal;
  /** Rejects when a component has ended without being told to. */
  readonly failure: Promise<never>;
}

/**
 * Nothing of it goes on when it has ended.
 * @throws Error after READY_LIMIT_MS with what is not well, or when `signal` is aborted
 * @throws what `failure` rejects with
 */
export async function untilReady(options: ReadyOptions): Promise<void> {
  const { components, clock, signal, failure } = options;
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  let failed: { readonly cause: unknown } | undefined;
  failure.catch((cause: unknown) => {
    failed = { cause };
    stop();
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const limit = clock.schedule(READY_LIMIT_MS, stop);
  try {
    // A node that was Ready when the last server ended still says so, hence the components' word too.
    await untilNodeReady(options, waiting.signal);
    while (!waiting.signal.aborted && components.some(component => !component.health().healthy)) {
      await sleep(clock, HEALTH_INTERVAL_MS, waiting.signal);
    }
  } finally {
    limit.cancel();
    signal.removeEventListener('abort', stop);
  }
  if (failed) throw failed.cause;
  if (signal.aborted) throw new Error('told to end while starting');
  if (waiting.signal.aborted) {
    throw new Error(`the node is not Ready after ${READY_LIMIT_MS / 1000} s: ${problemsOf(components)}`);
  }
}

/** Resolves, too, when `signal` is aborted. */
async function untilNodeReady({ client, nodeName }: ReadyOptions, signal: AbortSignal): Promise<void> {
  const nodes = client.resource<Node>(NODES);
  const fieldSelector = `metadata.name=${nodeName}`;
  while (!signal.aborted) {
    const { items, resourceVersion } = await nodes.list({ fieldSelector });
    if (items.some(isReady)) return;
    for await (const event of nodes.watch({ fieldSelector, resourceVersion, signal })) {
      if (event.type !== 'BOOKMARK' && event.type !== 'DELETED' && isReady(event.object)) return;
    }
  }
}

function isReady(node: Node): boolean {
  return node.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false;
}

function problemsOf(components: readonly Component[]): string {
  const problems = components
    .map(component => ({ name: component.name, ...component.health() }))
    .filter(({ healthy }) => !healthy)
    .map(({ name, message }) => `${name}: ${message}`);
  return problems.join('; ') || 'see the logs';
}
