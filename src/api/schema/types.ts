/**
 * The types of the API in the compact form that decoding, patches and OpenAPI lookups use. One
 * FieldType for each distinct shape; structs are compiled when first asked for and refer to each
 * other directly.
 */
export type FieldType =
  | { readonly kind: 'string'; readonly goName: string }
  | { readonly kind: 'bool'; readonly goName: string }
  | { readonly kind: 'int32' | 'int64' | 'double'; readonly goName: string }
  /** []byte: base64 on the wire. */
  | { readonly kind: 'bytes'; readonly goName: string }
  | { readonly kind: 'quantity' | 'intOrString' | 'time' | 'microTime'; readonly goName: string }
  /** Any JSON value, kept as it is: RawExtension, FieldsV1, JSON. */
  | { readonly kind: 'any'; readonly goName: string }
  /** A JSON schema, or what else its place allows: a boolean, a list of schemas, a list of names. */
  | {
      readonly kind: 'structOrAny';
      readonly goName: string;
      readonly struct: () => StructType;
      readonly or: 'Bool' | 'Array' | 'StringArray';
    }
  | { readonly kind: 'list'; readonly goName: string; readonly items: FieldType }
  | { readonly kind: 'map'; readonly goName: string; readonly values: FieldType }
  | { readonly kind: 'struct'; readonly goName: string; readonly struct: () => StructType };

/** What is written for a field that has its zero value. */
type WhenZero =
  /** Left out: `omitempty`, and pointers that are nil. */
  | 'omit'
  /** Written: "", 0, false, null for lists, maps and times, and structs with their own such fields. */
  | 'write';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** A Go pointer: a zero value that was given stays. */
  readonly pointer: boolean;
  readonly whenZero: WhenZero;
  /** The names that Go's error path shows before the field's own: embedded structs. */
  readonly embedded: readonly string[];
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly patchMergeKey?: string;
  /** `merge`, `replace`, `retainKeys`, or two of them joined by a comma. */
  readonly patchStrategy?: string;
  readonly mapType?: 'atomic' | 'granular';
}

export interface StructType {
  /** io.k8s.api.core.v1.Pod */
  readonly id: string;
  /** Pod */
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** The fields whose zero value is written. */
  readonly written: readonly Field[];
  readonly mapType?: 'atomic' | 'granular';
}
