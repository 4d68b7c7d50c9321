/** Who owns what, and by which rules of the kind. */
import type { ManagedFieldsEntry } from '../../generated/meta-v1.ts';
import type { FieldSet } from './typed/field-set.ts';
import type { FieldsV1 } from './typed/fields-v1.ts';
import type { MapShape } from './typed/shape.ts';

export interface Ownership {
  readonly set: FieldSet;
  readonly apiVersion: string;
  /** By apply, not by update. */
  readonly applied: boolean;
  /** What it was read from, where it is still the same: most writes touch few managers. */
  readonly stored?: StoredOwnership;
}

export interface StoredOwnership {
  readonly fields: FieldsV1;
  readonly entry: ManagedFieldsEntry;
}

/** The same manager with another set. */
export const withSet = ({ apiVersion, applied }: Ownership, set: FieldSet): Ownership => ({
  set,
  apiVersion,
  applied,
});

/** By manager identifier (managed-fields.ts). */
export type Managers = Map<string, Ownership>;

/** An API version of the kind: its type, and how an object gets there. */
export interface Version {
  readonly shape: MapShape;
  /** From the version of the request. */
  convert(object: object): object;
  /** To the version of the request. */
  convertBack(object: object): object;
}

export interface Rules {
  /** Of the request. */
  readonly apiVersion: string;
  readonly shape: MapShape;
  /** Undefined: a version that is not served; what its managers own is forgotten. */
  version(apiVersion: string): Version | undefined;
  /** Takes out of a set what this request cannot change, and nobody comes to own by it. */
  ownable(set: FieldSet): FieldSet;
}

const same = (object: object): object => object;

export function inVersion(rules: Rules, apiVersion: string): Version | undefined {
  if (apiVersion === rules.apiVersion) return { shape: rules.shape, convert: same, convertBack: same };
  return rules.version(apiVersion);
}
