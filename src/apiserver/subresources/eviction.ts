/**
 * pods/eviction: a delete that asks the pod's disruption budget first (`kubectl drain`; Kubernetes
 * documentation, "API-initiated Eviction"). A budget is taken down by one before the pod goes, so
 * that two evictions at once cannot both use its last place.
 */

import { setPodCondition } from '../../api/core/pod/conditions.ts';
import type { KubeObject } from '../../api/object.ts';
import { labelSelectorMatches } from '../../api/selectors/label-selector.ts';
import { badRequest, forbidden, notFound, StatusError } from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { Eviction, PodDisruptionBudget } from '../../generated/policy-v1.ts';
import { admitToSubresource } from '../admission/subresource.ts';
import { type DecodedKind, decodeObject } from '../codec/decode.ts';
import { encodeValue, negotiateObject } from '../codec/respond.ts';
import type { Caller, ServerCore, Target } from '../core.ts';
import type { ResourceExchange } from '../exchange.ts';
import { deleteObject } from '../operations/delete.ts';
import { type DeleteOptions } from '../operations/delete-options.ts';
import { modifyObject } from '../operations/modify.ts';
import { settleNamespace } from '../operations/system-metadata.ts';
import type { ApiResponse } from '../request.ts';
import { writeOptions } from '../verbs/write-options.ts';
import { created } from './created.ts';
import type { Subresource } from './subresource.ts';

const KIND = {
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  schema: 'io.k8s.api.policy.v1.Eviction',
} as const;
/** How many evicted pods a budget remembers until it is recomputed. */
const MAX_DISRUPTED_PODS = 2000;
const RETRY_SECONDS = 10;

export const evictionSubresource: Subresource = {
  kind: KIND.kind,
  group: KIND.group,
  version: KIND.version,
  create: (core, target, body, caller) => evict(core, target, deleteOptionsOf(body), caller, false),
  verbs: { create: post },
};

async function post(exchange: ResourceExchange): Promise<ApiResponse> {
  const form = negotiateObject(exchange);
  const { dryRun = false } = writeOptions(exchange, 'CreateOptions');
  const eviction = (await decodeObject(exchange, kindSent)) as Eviction & KubeObject;
  const { core, target, caller } = exchange;
  settleNamespace(eviction, target);
  if (eviction.metadata.name !== target.name)
    throw badRequest('name in URL does not match name in Eviction object');
  await admitToSubresource(core, target, caller, {
    subresource: 'eviction',
    kind: KIND,
    object: eviction,
    dryRun,
  });
  const status = await evict(core, target, deleteOptionsOf(eviction), caller, dryRun);
  return encodeValue(exchange, 201, status, form);
}

/** policy/v1beta1 is served no more, but its Eviction is still taken, as upstream does. */
function kindSent(body: Buffer): DecodedKind {
  const old = /["']?apiVersion["']?\s*:\s*["']?policy\/v1beta1\b/.test(body.toString());
  return old ? { ...KIND, version: 'v1beta1' } : KIND;
}

const deleteOptionsOf = (eviction: KubeObject) =>
  ((eviction as Eviction).deleteOptions ?? {}) as DeleteOptions;

async function evict(
  core: ServerCore,
  target: Target,
  options: DeleteOptions,
  caller: Caller,
  asksDryRun: boolean,
): Promise<KubeObject> {
  const dryRun = asksDryRun || (options.dryRun ?? []).length > 0;
  const cached = core.cache.get<Pod>(target.resource.key(target.namespace, target.name));
  if (!cached) throw notFound(target.resource.named, target.name);
  const pod = cached.object;
  const budgeted = !needsNoBudget(pod);
  // Whatever it would be refused for, the budget first, is found before anything is changed.
  if (budgeted) await takeFromBudget(core, target, pod, true);
  await deleteObject(core, target, options, { caller, dryRun: true });
  if (dryRun) return created();
  if (budgeted) await takeFromBudget(core, target, pod, false);
  const { object } = await modifyObject(core, target, current => tellWhy(core, current as Pod));
  await deleteObject(core, target, ofVersion(options, object), { caller });
  return created();
}

/** The version that was asked for is the one before our own change. */
function ofVersion(options: DeleteOptions, { metadata: { resourceVersion } }: KubeObject): DeleteOptions {
  const { preconditions } = options;
  if (preconditions?.resourceVersion === undefined || resourceVersion === undefined) return options;
  return { ...options, preconditions: { ...preconditions, resourceVersion } };
}

/** The pod says why it goes, for those who look at what is left of it. */
function tellWhy(core: ServerCore, pod: Pod): void {
  const status = (pod.status ??= {});
  setPodCondition(status, {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null as unknown as undefined,
    lastTransitionTime: rfc3339(core.clock.now()),
  });
}

/** A pod that does not serve disturbs nobody by going. */
function needsNoBudget({ metadata, status }: Pod): boolean {
  const phase = status?.phase;
  return (
    metadata.deletionTimestamp !== undefined ||
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    phase === 'Pending'
  );
}

const isReady = (pod: Pod) =>
  (pod.status?.conditions ?? []).some(c => c.type === 'Ready' && c.status === 'True');

async function takeFromBudget(core: ServerCore, target: Target, pod: Pod, dryRun: boolean): Promise<void> {
  const resource = core.resources.lookup('policy', 'v1', 'poddisruptionbudgets');
  if (!resource) return;
  const budgets = core.cache
    .list<PodDisruptionBudget & KubeObject>(resource.prefix(target.namespace))
    .map(c => c.object)
    .filter(budget => labelSelectorMatches(budget.spec?.selector, pod.metadata.labels));
  const [budget] = budgets;
  if (budgets.length > 1)
    throw new StatusError({
      reason: '',
      code: 500,
      message:
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    });
  if (!budget || skips(budget, pod)) return;
  const name = budget.metadata.name ?? '';
  await modifyObject(
    core,
    { resource, namespace: target.namespace, name },
    object => takeOne(core, object as PodDisruptionBudget & KubeObject, target.name),
    dryRun,
  );
}

/** Unready pods may go when the budget says so, or when it is met without them. */
function skips({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if (isReady(pod)) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0;
}

function takeOne(core: ServerCore, budget: PodDisruptionBudget & KubeObject, pod: string): void {
  const { name = '', generation = 0 } = budget.metadata;
  const status = budget.status;
  if (!status || (status.observedGeneration ?? 0) < generation)
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, RETRY_SECONDS);
  const { disruptionsAllowed = 0 } = status;
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS)
    throw forbidden(
      { group: 'policy', resource: 'poddisruptionbudget' },
      name,
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    );
  if (disruptionsAllowed <= 0)
    throw tooMany(
      `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
    );
  status.disruptionsAllowed = disruptionsAllowed - 1;
  status.disruptedPods = { ...status.disruptedPods, [pod]: rfc3339(core.clock.now()) };
  if (status.disruptionsAllowed === 0) tellExhausted(core, status);
}

/** As the disruption controller says it, which comes later. */
function tellExhausted(core: ServerCore, status: NonNullable<PodDisruptionBudget['status']>): void {
  const type = 'DisruptionAllowed';
  const before = status.conditions?.find(c => c.type === type);
  const condition = {
    type,
    status: 'False',
    observedGeneration: status.observedGeneration ?? 0,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : rfc3339(core.clock.now()),
    reason: 'InsufficientPods',
    message: '',
  };
  status.conditions = [...(status.conditions ?? []).filter(c => c.type !== type), condition];
}

function tooMany(why: string, retryAfterSeconds?: number): StatusError {
  return new StatusError({
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [{ reason: 'DisruptionBudget', message: why }],
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  });
}
