/** Watches a Node until its kubelet says it is Ready. */
import type { Client } from '../client/contract.ts';
import type { Node } from '../generated/core-v1.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

/** Resolves, too, when `signal` is aborted. */
export async function untilNodeReady(client: Client, name: string, signal: AbortSignal): Promise<void> {
  const nodes = client.resource<Node>(NODES);
  // The kubelet of an earlier run may have left it Ready; its first own write is what counts, and
  // that renews the heartbeat.
  const fieldSelector = `metadata.name=${name}`;
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
