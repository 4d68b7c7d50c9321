/**
 * The client components use: the only way they reach the cluster's state. In one process it
 * calls the API server's own stages directly and hands out the cache's frozen objects; across
 * processes it speaks HTTP. Components cannot tell the difference, except by speed.
 *
 * Every failing call rejects with StatusError (api/status-error.ts).
 */
import type { GroupVersionResource, KubeObject } from '../api/object.ts';

export interface Client {
  resource<T extends KubeObject>(r: GroupVersionResource): ResourceClient<T>;
}

export interface ResourceClient<T extends KubeObject> {
  get(target: ObjectRef, options?: { signal?: AbortSignal }): Promise<T>;
  list(options?: ListOptions): Promise<ListResult<T>>;
  create(object: T, options?: WriteOptions): Promise<T>;
  update(object: T, options?: WriteOptions): Promise<T>;
  updateStatus(object: T, options?: WriteOptions): Promise<T>;
  patch(target: ObjectRef, patch: Patch, options?: WriteOptions): Promise<T>;
  delete(target: ObjectRef, options?: DeleteOptions): Promise<void>;
  deleteCollection(options: ListOptions & DeleteOptions): Promise<void>;
  /** POST to a subresource that answers another kind: binding, eviction, token; and PUT of namespaces/finalize. */
  createSubresource(target: ObjectRef, subresource: string, body: KubeObject): Promise<KubeObject>;
  /**
   * Events after `resourceVersion`, in order. Ends when `signal` is aborted, when the server
   * ends it, or throws StatusError 410 when the version is compacted: list again then.
   */
  watch(options: WatchOptions): AsyncIterable<WatchEvent<T>>;
}

export interface ObjectRef {
  /** Absent for cluster-scoped resources. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
}

export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string;
  readonly allowBookmarks?: boolean;
  readonly signal: AbortSignal;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  /** patch only: 'status', 'scale', … */
  readonly subresource?: string;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export type Patch =
  | { readonly type: 'json'; readonly body: readonly JsonPatchOperation[] }
  | { readonly type: 'merge' | 'strategic'; readonly body: object }
  | { readonly type: 'apply'; readonly body: object; readonly force?: boolean };

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}
