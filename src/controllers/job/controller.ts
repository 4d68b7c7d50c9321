/** Job: runs pods until enough of them have succeeded (plan.ts), counting each exactly once. */
import { objectKey } from '../../api/object.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import { parseKey } from '../../client/indexed-store.ts';
import { byControllerUid, orphansIn } from '../../client/indexes.ts';
import { compileLabelSelector } from '../../client/label-selector.ts';
import { controllerOf } from '../../client/owner-reference.ts';
import { JOBS, PODS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { Job } from '../../generated/batch-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { batchDelayMs } from '../batching.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { JOB_KIND } from '../owner-kinds.ts';
import { applyClaims, planClaims } from '../pod-management/claim.ts';
import { Expectations } from '../pod-management/expectations.ts';
import { createExpected, deleteExpected } from '../pod-management/expected-writes.ts';
import { followPods, ownerKey } from '../pod-management/follow-pods.ts';
import { isNamespaceTerminating, PodControl } from '../pod-management/pod-control.ts';
import { slowStart } from '../pod-management/slow-start.ts';
import { type BackoffRecord, NO_FAILURES, nextBackoff } from './backoff.ts';
import { isTracked, TRACKING_FINALIZER } from './counting.ts';
import { type JobPlan, planJob } from './plan.ts';
import { jobPod } from './pod.ts';

export const jobController: ControllerDefinition = { name: 'job', build };

const OURS = 'kubernetes.io/job-controller';

function build(context: ControllerContext): Controller {
  const { client, clock } = context;
  const jobs = context.informer<Job>(JOBS);
  const pods = context.informer<Pod>(PODS);
  const podsByController = pods.index(...byControllerUid);
  const podsByJob = pods.index('jobKey', pod => [ownerKey(pod, JOB_KIND.kind) ?? ''].filter(Boolean));
  const recorder = context.recorder('job-controller');
  const control = new PodControl(client, recorder);
  const expectations = new Expectations(clock);
  /** By key of the Job; of one not seen before it is made from its pods. */
  const backoffs = new Map<string, BackoffRecord>();
  const jobClient = client.resource<Job>(JOBS);
  const podClient = client.resource<Pod>(PODS);

  jobs.addHandlers({
    added: job => context.enqueue(objectKey(job)),
    updated: job => context.enqueue(objectKey(job)),
    deleted: job => context.enqueue(objectKey(job)),
  });
  followPods(pods, {
    kind: JOB_KIND.kind,
    expectations,
    enqueue: (key, pod) =>
      context.enqueueAfter(key, batchDelayMs(podsByController.count(controllerOf(pod)?.uid ?? ''))),
  });

  /** Whatever else of the pod has changed meanwhile; it may be gone already. */
  const release = async (pod: Pod): Promise<void> => {
    const { namespace, name = '', uid } = pod.metadata;
    const metadata = { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] };
    await ignoreNotFound(podClient.patch({ namespace, name }, { type: 'strategic', body: { metadata } }));
  };

  /** Gives how many pods were not made, and the first reason why something failed. */
  const carryOut = async (job: Job, plan: JobPlan): Promise<{ missing: number; error: unknown }> => {
    const key = objectKey(job);
    const deleted = [...plan.remove, ...plan.withdraw];
    if (plan.create.length === 0 && deleted.length === 0) return { missing: 0, error: undefined };
    const uids = deleted.map(pod => pod.metadata.uid ?? '');
    expectations.expect(key, plan.create.length, uids);
    const writes = { owner: job, control, expectations };
    const waiting = [...plan.create];
    const created = await slowStart(plan.create.length, async () => {
      try {
        await createExpected(writes, jobPod(job, waiting.shift() ?? {}));
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
    });
    // Those that were not tried any more are not coming either.
    expectations.created(key, plan.create.length - created.succeeded - created.failed);
    const withdraw = async (pod: Pod) => {
      try {
        if (isTracked(pod)) await release(pod);
      } catch (error) {
        expectations.deleted(key, pod.metadata.uid ?? '');
        throw error;
      }
      await deleteExpected(writes, pod);
    };
    const removed = await Promise.allSettled([
      ...plan.remove.map(pod => deleteExpected(writes, pod)),
      ...plan.withdraw.map(withdraw),
    ]);
    const refused = removed.find(result => result.status === 'rejected')?.reason;
    return { missing: plan.create.length - created.succeeded, error: created.firstError ?? refused };
  };

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const job = jobs.lister.getByKey(key);
    if (!job) {
      expectations.forget(key);
      backoffs.delete(key);
      // Pods of a Job that is gone wait for nobody to count them.
      await Promise.all(podsByJob.get(key).filter(isTracked).map(release));
      return;
    }
    if (job.spec?.managedBy !== undefined && job.spec.managedBy !== OURS) return;
    const mayAct = expectations.satisfied(key);
    const { namespace = '', uid = '' } = job.metadata;
    const owned = await applyClaims(
      {
        owner: job,
        ownerKind: JOB_KIND,
        readOwner: () => jobClient.get(parseKey(key)),
        client: podClient,
      },
      planClaims(job, compileLabelSelector(job.spec?.selector), [
        ...podsByController.get(uid),
        ...podsByController.get(orphansIn(namespace)),
      ]),
    );
    const backoff = backoffs.get(key) ?? backoffFrom(owned);
    const plan = planJob({ job, pods: owned, mayAct, backoff, nowMs: clock.now() });
    const { missing, error } = await carryOut(job, plan);
    if (plan.status) {
      const active = (plan.status.active ?? 0) - missing;
      const { active: _active, ...rest } = plan.status;
      const status = { ...rest, ...(active > 0 ? { active } : {}) };
      if (!deepEqual(status, job.status)) await jobClient.updateStatus({ ...job, status });
      backoffs.set(key, plan.backoff);
      for (const event of plan.events) recorder.event(job, event.type, event.reason, event.message);
    }
    await Promise.all(plan.release.map(release));
    if (error !== undefined) throw error;
    return { requeueAfterMs: plan.requeueAfterMs };
  };

  return { reconcile };
}

/** What was known of the pods that are counted, after a restart. */
function backoffFrom(pods: readonly Pod[]): BackoffRecord {
  const counted = pods.filter(pod => !isTracked(pod));
  const ended = (phase: string) => counted.filter(pod => pod.status?.phase === phase);
  return nextBackoff(NO_FAILURES, ended('Succeeded'), ended('Failed'));
}
