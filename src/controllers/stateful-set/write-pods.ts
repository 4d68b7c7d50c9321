/** Makes and deletes the pods of StatefulSets, with the events that tell of it. */
import { objectKey } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { Client } from '../../client/contract.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS } from '../../client/resources.ts';
import type { StatefulSet } from '../../generated/apps-v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../generated/core-v1.ts';
import type { Expectations } from '../pod-management/expectations.ts';
import { claimsOf } from './identity.ts';

export interface PodWriter {
  /** Makes the pod, after the claims it names. @throws what the server refuses it with */
  create(set: StatefulSet, pod: Pod): Promise<void>;
  /** One that is gone already is no error. */
  remove(set: StatefulSet, pod: Pod): Promise<void>;
}

export function podWriter(client: Client, recorder: EventRecorder, expectations: Expectations): PodWriter {
  const pods = client.resource<Pod>(PODS);
  const claims = client.resource<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS);

  const say = (set: StatefulSet, verb: 'Create' | 'Delete', what: string, error?: unknown) => {
    const where = `${what} in StatefulSet ${set.metadata.name}`;
    if (error === undefined)
      recorder.event(set, 'Normal', `Successful${verb}`, `${verb} ${where} successful`);
    else {
      const why = error instanceof Error ? error.message : String(error);
      recorder.event(set, 'Warning', `Failed${verb}`, `${verb} ${where} failed error: ${why}`);
    }
  };

  const createClaim = async (set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): Promise<void> => {
    try {
      await claims.create(claim);
    } catch (error) {
      // It is there from the pod's life before: that is what claims are for.
      if (isStatusError(error, 'AlreadyExists')) return;
      throw error;
    }
    const message = `create Claim ${claim.metadata.name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} success`;
    recorder.event(set, 'Normal', 'SuccessfulCreate', message);
  };

  return {
    async create(set, pod) {
      const what = `Pod ${pod.metadata.name}`;
      try {
        for (const claim of claimsOf(set, pod)) await createClaim(set, pod, claim);
        await pods.create(pod);
      } catch (error) {
        say(set, 'Create', what, error);
        throw error;
      }
      say(set, 'Create', what);
    },
    async remove(set, pod) {
      const { namespace, name = '', uid } = pod.metadata;
      try {
        await pods.delete({ namespace, name }, uid ? { preconditions: { uid } } : {});
      } catch (error) {
        expectations.deleted(objectKey(set), uid ?? '');
        if (isStatusError(error, 'NotFound')) return;
        say(set, 'Delete', `Pod ${name}`, error);
        throw error;
      }
      say(set, 'Delete', `Pod ${name}`);
    },
  };
}
