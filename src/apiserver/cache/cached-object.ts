/** One object of the cache: its bytes now, its frozen decoded form from the first use on. */
import type { KubeObject } from '../../api/object.ts';
import type { Revision } from '../../store/contract.ts';
import type { CachedObject } from './contract.ts';
import { deepFreeze } from './deep-freeze.ts';
import { metadataEnd } from './metadata-end.ts';
import { spliceRevision } from './stored-value.ts';

export class CachedEntry implements CachedObject {
  readonly key: string;
  readonly revision: Revision;
  readonly bytes: Buffer;
  readonly itemStart: number;
  #object: KubeObject | undefined;
  #metadataEnd = 0;

  /** `value` as it is in the store, without resourceVersion. */
  constructor(key: string, value: Buffer, revision: Revision) {
    const { bytes, itemStart } = spliceRevision(value, revision);
    this.key = key;
    this.revision = revision;
    this.bytes = bytes;
    this.itemStart = itemStart;
  }

  get object(): KubeObject {
    this.#object ??= deepFreeze(JSON.parse(this.bytes.toString()) as KubeObject);
    return this.#object;
  }

  forgetObject(): void {
    this.#object = undefined;
  }

  get metadataEnd(): number {
    if (this.#metadataEnd === 0) this.#metadataEnd = metadataEnd(this.bytes, this.itemStart);
    return this.#metadataEnd;
  }
}
