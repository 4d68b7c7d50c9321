/** How both controllers of EndpointSlices write: what they expect to see is noted before, not after. */
import type { ResourceClient } from '../../client/contract.ts';
import { ignoreNotFound } from '../../client/ignore-not-found.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import type { Expectations } from '../pod-management/expectations.ts';

/** Creates all of `wanted`, one after the other. What a failure leaves out is no longer expected. */
export async function createSlices(
  client: ResourceClient<EndpointSlice>,
  expectations: Expectations,
  key: string,
  wanted: readonly EndpointSlice[],
): Promise<void> {
  expectations.expect(key, wanted.length, []);
  let left = wanted.length;
  try {
    for (const slice of wanted) {
      await client.create(slice);
      left -= 1;
    }
  } finally {
    expectations.created(key, left);
  }
}

/** A slice that is gone already is as good as deleted. */
export async function removeSlice(
  client: ResourceClient<EndpointSlice>,
  { metadata: { namespace, name = '' } }: EndpointSlice,
): Promise<void> {
  await ignoreNotFound(client.delete({ namespace, name }));
}
