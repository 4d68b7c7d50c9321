/**
 * Plays scenarios of test/oracle/behaviour.jsonl on an in-process cluster under the virtual
 * clock, with pods that live without containers, and compares what controllers answer for: the
 * objects at the end, and the events of controllers. What kubelet and scheduler do is compared
 * by `npm run oracle` on a real cluster.
 */
import { readFileSync } from 'node:fs';
import type { GroupVersionResource, KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import type { Patch } from '../../client/contract.ts';
import { EVENTS, NAMESPACES, PODS } from '../../client/resources.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../controller-cluster.ts';

interface BehaviourScenario {
  readonly id: string;
  readonly seconds: number;
  readonly watch?: readonly string[];
  readonly steps: readonly {
    readonly at: number;
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  }[];
  readonly final: Readonly<Record<string, readonly KubeObject[]>>;
  readonly events: readonly { readonly from: string; readonly object: string }[];
}

/** Canonical JSON, one line an object or event. */
export interface Outcome {
  readonly final: readonly string[];
  readonly events: readonly string[];
}

const GROUPS: Readonly<Record<string, readonly [group: string, version: string]>> = {
  replicasets: ['apps', 'v1'],
  deployments: ['apps', 'v1'],
  statefulsets: ['apps', 'v1'],
  daemonsets: ['apps', 'v1'],
  jobs: ['batch', 'v1'],
  endpointslices: ['discovery.k8s.io', 'v1'],
  poddisruptionbudgets: ['policy', 'v1'],
};
const NAMESPACE = 'behave';
const SUFFIX = '[bcdfghjklmnpqrstvwxz2456789]';

export function behaviourScenario(id: string): BehaviourScenario {
  const text = readFileSync(new URL('../../../test/oracle/behaviour.jsonl', import.meta.url), 'utf8');
  for (const line of text.split('\n')) {
    const scenario = line ? (JSON.parse(line) as BehaviourScenario) : undefined;
    if (scenario?.id === `behaviour/${id}`) return scenario;
  }
  throw new Error(`Cannot find the scenario behaviour/${id}`);
}

/** What upstream had at the end. */
export function upstreamOutcome(scenario: BehaviourScenario): Outcome {
  return outcome(
    Object.values(scenario.final).flat(),
    scenario.events.filter(event => event.from.includes('controller')),
  );
}

/** As with real containers: an image that is nowhere never runs, and only a probe takes time. */
function readyAfterMs(pod: Pod): number | undefined {
  const [container] = pod.spec.containers;
  if (container?.image?.startsWith('nowhere')) return undefined;
  return container?.readinessProbe ? 1_000 : 0;
}

/** Plays the scenario and gives what we have at the end. */
export async function playBehaviour(scenario: BehaviourScenario): Promise<Outcome> {
  await using cluster = await startControllerCluster({
    readyAfterMs,
    exits: pod =>
      pod.spec.containers[0]?.command?.includes('exit 0') ? { afterMs: 300, phase: 'Succeeded' } : undefined,
  });
  const { client, clock } = cluster;
  await client
    .resource(NAMESPACES)
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await clock.settle();
  const startMs = clock.now();
  for (const step of [...scenario.steps].sort((a, b) => a.at - b.at)) {
    await clock.advance(Math.max(0, startMs + step.at * 1_000 - clock.now()));
    try {
      await play(cluster, step);
    } catch (error) {
      // Some steps are there to be refused; what they leave is compared all the same.
      if (!isStatusError(error)) throw error;
    }
  }
  await clock.advance(startMs + scenario.seconds * 1_000 - clock.now());
  const objects: KubeObject[] = [];
  for (const plural of scenario.watch ?? ['pods']) {
    if (plural === 'pods') continue;
    const [group = '', version = 'v1'] = GROUPS[plural] ?? [];
    objects.push(...(await cluster.list({ group, version, resource: plural }, NAMESPACE)));
  }
  type Event = KubeObject & {
    readonly involvedObject: { readonly kind: string; readonly name: string };
    readonly source?: { readonly component?: string };
    readonly type: string;
    readonly reason: string;
    readonly message: string;
  };
  const events = await cluster.list<Event>(EVENTS, NAMESPACE);
  return outcome(
    objects,
    events.map(({ type, reason, message, source, involvedObject }) => ({
      type,
      reason,
      message,
      from: source?.component ?? '',
      object: `${involvedObject.kind}/${involvedObject.name}`,
    })),
  );
}

async function play(cluster: ControllerCluster, step: BehaviourScenario['steps'][number]): Promise<void> {
  const { resource, name, subresource } = parsePath(step.path);
  const client = cluster.client.resource<KubeObject>(resource);
  const target = { namespace: NAMESPACE, name: name === '${first}' ? await firstPod(cluster) : name };
  if (step.method === 'POST' && subresource) {
    const body = step.body as KubeObject;
    await client.createSubresource(target, subresource, {
      ...body,
      metadata: { ...body.metadata, ...target },
    });
  } else if (step.method === 'POST') {
    const object = step.body as KubeObject;
    await client.create({ ...object, metadata: { ...object.metadata, namespace: NAMESPACE } });
  } else if (step.method === 'PATCH') {
    const strategic = step.headers?.['Content-Type']?.includes('strategic') ?? false;
    const patch: Patch = { type: strategic ? 'strategic' : 'merge', body: step.body as object };
    // The scale subresource sets the number of replicas, which is all that the scenarios do with it.
    await client.patch(target, patch);
  } else {
    await client.delete(target, (step.body ?? {}) as object);
  }
}

function parsePath(path: string): { resource: GroupVersionResource; name: string; subresource: string } {
  const parts = path.split('/').slice(1);
  const [group, version] = parts[0] === 'api' ? ['', parts[1]] : [parts[1], parts[2]];
  const [resource = '', name = '', subresource = ''] = parts.slice(parts[0] === 'api' ? 4 : 5);
  return { resource: { group: group ?? '', version: version ?? '', resource }, name, subresource };
}

async function firstPod(cluster: ControllerCluster): Promise<string> {
  const pods = await cluster.list<Pod>(PODS, NAMESPACE);
  return pods.map(pod => pod.metadata.name ?? '').sort()[0] ?? 'none';
}

function outcome(objects: readonly KubeObject[], events: readonly object[]): Outcome {
  const lines = (values: readonly object[]) => [
    ...new Set(values.map(value => redact(canonicalJson(value)))),
  ];
  return {
    final: objects
      .filter(object => object.kind !== 'Pod')
      .map(object => redact(canonicalJson(withoutVolatile(object))))
      .sort((a, b) => (a < b ? -1 : 1)),
    events: lines(events).sort((a, b) => (a < b ? -1 : 1)),
  };
}

function withoutVolatile(object: KubeObject): object {
  const {
    uid: _u,
    resourceVersion: _r,
    managedFields: _m,
    creationTimestamp: _c,
    ...metadata
  } = object.metadata;
  const { status } = object as { status?: { conditions?: readonly { type: string }[] } };
  const conditions = status?.conditions && [...status.conditions].sort((a, b) => (a.type < b.type ? -1 : 1));
  return {
    ...object,
    metadata,
    ...(status ? { status: { ...status, ...(conditions ? { conditions } : {}) } } : {}),
  };
}

/** Names of what differs from run to run, as behave.py writes them. */
function redact(json: string): string {
  return json
    .replaceAll(`"${NAMESPACE}"`, '"${ns}"')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/\b\d+\.\d+\.\d+\.\d+\b/g, '<ip>')
    .replace(/"(node-1|real-1)"/g, '"<node>"')
    .replace(new RegExp(`-${SUFFIX}{8,10}-${SUFFIX}{5}\\b`, 'g'), '-<hash>-<rand>')
    .replace(new RegExp(`-${SUFFIX}{8,10}\\b(?!-<)`, 'g'), '-<hash>')
    .replace(new RegExp(`(web|rs|ds|j|j-\\d)-${SUFFIX}{5}\\b`, 'g'), '$1-<rand>')
    .replace(/\bdb-\d\b/g, 'db-<rand>')
    .replace(/("pod-template-hash":)"[^"]*"/g, '$1"<hash>"');
}
