/** Makes and deletes pods whose creation or deletion is expected (expectations.ts): what fails no longer is. */
import { type KubeObject, objectKey } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { Expectations } from './expectations.ts';
import type { PodControl } from './pod-control.ts';

export interface ExpectedWrites {
  readonly owner: KubeObject;
  readonly control: PodControl;
  /** By the owner's key. */
  readonly expectations: Expectations;
}

/** @throws StatusError of the refusal */
export async function createExpected(
  { owner, control, expectations }: ExpectedWrites,
  pod: Pod,
): Promise<void> {
  try {
    await control.create(pod, owner);
  } catch (error) {
    expectations.created(objectKey(owner));
    throw error;
  }
}

/** A pod that is gone already is as good as deleted. @throws StatusError of any other refusal */
export async function deleteExpected(
  { owner, control, expectations }: ExpectedWrites,
  pod: Pod,
): Promise<void> {
  try {
    await control.delete(pod, owner);
  } catch (error) {
    expectations.deleted(objectKey(owner), pod.metadata.uid ?? '');
    if (!isStatusError(error, 'NotFound')) throw error;
  }
}
