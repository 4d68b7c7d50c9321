/** How the controllers that make endpoint slices follow them, those that others touch included. */
import type { Informer } from '../../client/informer.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import type { Expectations } from '../pod-management/expectations.ts';

export interface SliceFollower {
  /** What the slice was made for; undefined: it is another's. */
  readonly keyOf: (slice: EndpointSlice) => string | undefined;
  readonly expectations: Expectations;
  readonly enqueue: (key: string) => void;
}

/** Called before the informers start; ends with them. */
export function followSlices(
  slices: Informer<EndpointSlice>,
  { keyOf, expectations, enqueue }: SliceFollower,
): void {
  const tell = (slice: EndpointSlice) => {
    const key = keyOf(slice);
    if (key) enqueue(key);
  };
  slices.addHandlers({
    added: (slice, initial) => {
      const key = keyOf(slice);
      if (key && !initial) expectations.created(key);
      tell(slice);
    },
    updated: (slice, old) => {
      tell(old);
      tell(slice);
    },
    deleted: tell,
  });
}
