/** Deletes finished Jobs, with their pods, when their ttlSecondsAfterFinished is over. */
import { objectKey } from '../../api/object.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import { JOBS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { Job } from '../../generated/batch-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';

export const ttlAfterFinishedController: ControllerDefinition = {
  name: 'ttl-after-finished',
  workers: 1,
  build,
};

/** When the Job is to go, milliseconds since the epoch; undefined: it stays. */
function expiryMs(job: Job): number | undefined {
  const ttl = job.spec?.ttlSecondsAfterFinished;
  if (ttl === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  const finished = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  return finished?.lastTransitionTime ? Date.parse(finished.lastTransitionTime) + ttl * 1_000 : undefined;
}

function build(context: ControllerContext): Controller {
  const jobs = context.informer<Job>(JOBS);
  const look = (job: Job) => {
    if (expiryMs(job) !== undefined) context.enqueue(objectKey(job));
  };
  jobs.addHandlers({ added: look, updated: look });

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const job = jobs.lister.getByKey(key);
    const dueMs = job && expiryMs(job);
    if (!job || dueMs === undefined) return;
    const waitMs = dueMs - context.clock.now();
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    const { namespace, name = '', uid = '', resourceVersion = '' } = job.metadata;
    await ignoreNotFound(
      context.client
        .resource<Job>(JOBS)
        .delete(
          { namespace, name },
          { propagationPolicy: 'Foreground', preconditions: { uid, resourceVersion } },
        ),
    );
  };

  return { reconcile };
}
