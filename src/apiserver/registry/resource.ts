/**
 * A served resource: a kind's definition joined with where its objects are kept. Handlers and
 * operations take one of these and know no kind.
 *
 * Stored form: JSON that starts with kind and apiVersion, then metadata without resourceVersion
 * (see store/contract.ts for why). Two definitions may share one storage (events in '' and
 * events.k8s.io): then the one that is not the stored form converts at the door.
 */
import type { KindDefinition, StorageConversion, Verb } from '../../api/kind.ts';
import { ALL_VERBS } from '../../api/kind.ts';
import type { GroupVersionResource, KubeObject } from '../../api/object.ts';
import { apiVersionOf } from '../../api/object.ts';
import { StatusError } from '../../api/status-error.ts';
import type { CachedObject } from '../cache/contract.ts';
import { keyFor, prefixFor } from '../cache/keys.ts';
import { encodeForStore } from '../cache/stored-value.ts';

export class Resource {
  readonly gvr: GroupVersionResource;
  readonly apiVersion: string;
  readonly verbs: readonly Verb[];
  /** Names the resource in errors and authorization. */
  readonly named: { readonly group: string; readonly resource: string };
  private readonly storedAs: { readonly group: string; readonly resource: string };
  private readonly conversion: StorageConversion<KubeObject> | undefined;
  private readonly converted = new WeakMap<CachedObject, KubeObject>();

  constructor(
    readonly definition: KindDefinition,
    /** The definition whose form is stored; the same one for nearly all kinds. */
    readonly storage: KindDefinition,
  ) {
    const { group, version, plural } = definition;
    this.gvr = { group, version, resource: plural };
    this.named = { group, resource: plural };
    this.apiVersion = apiVersionOf(definition);
    this.verbs = definition.verbs ?? ALL_VERBS;
    this.storedAs = { group: storage.group, resource: storage.plural };
    const own = definition === storage && !definition.storage?.always;
    this.conversion = own ? undefined : definition.storage;
  }

  /** Review kinds are answered and forgotten. */
  get stored(): boolean {
    return this.verbs.includes('get');
  }

  /** What discovery offers: of a definition that is going, nothing that makes or changes objects. */
  get offeredVerbs(): readonly Verb[] {
    return this.definition.custom?.terminating ? this.verbs.filter(verb => !WRITES.has(verb)) : this.verbs;
  }

  get listKind(): string {
    return this.definition.listKind ?? `${this.definition.kind}List`;
  }

  get namespaced(): boolean {
    return this.definition.namespaced;
  }

  key(namespace: string, name: string): string {
    return keyFor(this.storedAs, this.namespaced ? namespace : '', name);
  }

  /** Of all keys, or of one namespace. */
  prefix(namespace = ''): string {
    return prefixFor(this.storedAs, this.namespaced ? namespace : '');
  }

  /** The object in this resource's own version: the cache's own frozen object where nothing converts. */
  present(cached: CachedObject): KubeObject {
    if (!this.conversion) return cached.object;
    let object = this.converted.get(cached);
    if (!object) {
      object = this.conversion.fromStorage(cached.object);
      this.converted.set(cached, object);
    }
    return object;
  }

  /** JSON of the object: the cached bytes where nothing converts. */
  bytes(cached: CachedObject): Buffer {
    return this.conversion ? Buffer.from(JSON.stringify(this.present(cached))) : cached.bytes;
  }

  /** JSON of the object as an item of a list, without kind and apiVersion; those of custom resources keep them, as unstructured objects do upstream. */
  itemBytes(cached: CachedObject): Buffer {
    if (this.definition.custom) return this.bytes(cached);
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = this.present(cached);
    return Buffer.from(JSON.stringify(rest));
  }

  /** What is written to the store for `object`. @throws StatusError 413 above MAX_STORED_BYTES */
  encode(object: KubeObject): Buffer {
    const stored = this.conversion ? this.conversion.toStorage(object) : object;
    const bytes = encodeForStore({
      ...stored,
      kind: this.storage.kind,
      apiVersion: apiVersionOf(this.storage),
    });
    if (bytes.length > MAX_STORED_BYTES) throw tooLarge(bytes.length);
    return bytes;
  }

  get converts(): boolean {
    return this.conversion !== undefined;
  }
}

const WRITES: ReadonlySet<Verb> = new Set(['create', 'patch', 'update']);
/** etcd's limit for one request (1.5 MiB), which every store of Kubernetes has had. */
const MAX_STORED_BYTES = 1_572_864;
/** What a client of etcd sends at all. */
const MAX_SENT_BYTES = 2_097_152;

/**
 * In the words of etcd and its client: clients of Kubernetes look for them, and split what is too large.
 * It is the client that asked for too much; upstream's 500 without a reason says otherwise.
 */
function tooLarge(size: number): StatusError {
  const message =
    size > MAX_SENT_BYTES
      ? `rpc error: code = ResourceExhausted desc = trying to send message larger than max (${size} vs. ${MAX_SENT_BYTES})`
      : 'etcdserver: request is too large';
  return new StatusError({ reason: 'RequestEntityTooLarge', message });
}
