/** Asks a running cluster, over its API, how its node and its own components are. */
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { MIRROR_POD_ANNOTATION } from '../../api/well-known.ts';
import type { Node, Pod } from '../../generated/core-v1.ts';
import type { KubeconfigEntry } from '../certificates/kubeconfig.ts';

export interface Answer {
  readonly name: string;
  readonly healthy: boolean;
  readonly detail: string;
}

const TIMEOUT_MS = 5_000;

/** Nodes and components with their health; a server that does not answer is the only entry then. */
export async function askCluster(entry: KubeconfigEntry): Promise<Answer[]> {
  try {
    const nodes = await get<{ items: Node[] }>(entry, '/api/v1/nodes');
    const pods = await get<{ items: Pod[] }>(entry, '/api/v1/namespaces/kube-system/pods');
    const own = pods.items.filter(pod => pod.metadata.annotations?.[MIRROR_POD_ANNOTATION] !== undefined);
    return [...nodes.items.map(nodeAnswer), ...own.map(podAnswer)];
  } catch (error) {
    return [
      { name: 'API server', healthy: false, detail: error instanceof Error ? error.message : String(error) },
    ];
  }
}

function nodeAnswer(node: Node): Answer {
  const ready = node.status?.conditions?.find(c => c.type === 'Ready');
  const healthy = ready?.status === 'True';
  return {
    name: `node ${node.metadata.name}`,
    healthy,
    detail: healthy ? 'Ready' : (ready?.message ?? 'not Ready'),
  };
}

function podAnswer(pod: Pod): Answer {
  const ready = pod.status?.conditions?.find(c => c.type === 'Ready');
  const healthy = ready?.status === 'True';
  return {
    name: pod.metadata.name ?? '',
    healthy,
    detail: healthy ? 'healthy' : (ready?.message ?? 'not healthy'),
  };
}

async function get<T>({ server, authority, certificate, key }: KubeconfigEntry, path: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const call = request(
      `${server}${path}`,
      { ca: authority, cert: certificate, key, timeout: TIMEOUT_MS },
      response => {
        if (response.statusCode === 200) json(response).then(body => resolve(body as T), reject);
        else reject(new Error(`${path} answers ${response.statusCode}`));
      },
    );
    call.on('timeout', () =>
      call.destroy(new Error(`no answer from ${server} within ${TIMEOUT_MS / 1000} s`)),
    );
    call.on('error', reject);
    call.end();
  });
}
