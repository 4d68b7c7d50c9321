/** What the calls of rpc.proto take and give, as TypeScript. Revisions here are etcd's own. */

export interface Header {
  readonly revision: number;
}

export interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
}

/** Keys from `key` up to `rangeEnd`, which is not part of it; only `key` where that is absent. */
export interface KeyRange {
  readonly key: Buffer;
  readonly rangeEnd?: Buffer;
}

export interface RangeRequest extends KeyRange {
  /** At most this many. */
  readonly limit?: number;
  /** The state after this revision; absent: the newest. */
  readonly revision?: number;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  readonly minModRevision?: number;
}

export interface RangeResponse {
  readonly header: Header;
  readonly kvs: readonly KeyValue[];
  /** Of all keys in the range, those over the limit too. */
  readonly count: number;
}

export type Compare =
  | { readonly target: 'CREATE'; readonly key: Buffer; readonly createRevision: number }
  | {
      readonly target: 'CREATE';
      readonly key: Buffer;
      readonly createRevision: 0;
      readonly result: 'GREATER';
    }
  | { readonly target: 'MOD'; readonly key: Buffer; readonly modRevision: number };

export type Operation =
  | { readonly requestRange: RangeRequest }
  | { readonly requestPut: { readonly key: Buffer; readonly value: Buffer } }
  | { readonly requestDeleteRange: KeyRange };

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TxnResponse {
  readonly header: Header;
  readonly succeeded: boolean;
  readonly responses: readonly { readonly responseRange?: RangeResponse }[];
}

export interface WatchCreate extends KeyRange {
  readonly startRevision: number;
  readonly progressNotify?: boolean;
  readonly prevKv?: boolean;
  readonly fragment?: boolean;
}

export interface RawEvent {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: KeyValue;
  readonly prevKv: KeyValue | null;
}

export interface WatchResponse {
  readonly header: Header;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Above 0: the watch ends, for what it asks for has been compacted up to here. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  readonly events: readonly RawEvent[];
}
