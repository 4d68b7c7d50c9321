/** Events as etcd gives them, to the contract's. */
import { CompactedError, type StoreEvent } from '../contract.ts';
import type { Connection } from './connect.ts';
import type { RawEvent } from './messages.ts';

/** At once, but where the value is in parts. @throws CompactedError when etcd has forgotten what was deleted */
export function decodeEvent(
  { layout, numbering, large }: Pick<Connection, 'layout' | 'numbering' | 'large'>,
  raw: RawEvent,
): StoreEvent | Promise<StoreEvent> {
  const key = layout.nameOf(raw.kv.key);
  const at = raw.kv.modRevision;
  if (raw.type === 'DELETE' && !raw.prevKv)
    throw new CompactedError(numbering.ours(at - 1), numbering.ours(at));
  // A deletion shows the last value, which was there until the revision before.
  const value =
    raw.type === 'PUT'
      ? large.read(key, raw.kv.value, at)
      : large.read(key, raw.prevKv?.value ?? Buffer.alloc(0), at - 1);
  return value instanceof Promise
    ? value.then(read => numbering.event(key, raw, read))
    : numbering.event(key, raw, value);
}
