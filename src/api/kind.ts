/**
 * A kind is data: what the API server needs to know of one kind stands in one definition, and
 * its handlers know no kind. Built-in kinds live in <group>/<kind>.ts, one line each in kinds.ts;
 * CustomResourceDefinitions make the same definitions at run time.
 *
 * A definition describes one group, version and kind. All functions are pure but for changing
 * the object they are given, and never see a frozen object as the one to change.
 */
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Structural } from './custom/structural.ts';
import type { FieldError } from './field-error.ts';
import type { KubeObject } from './object.ts';
import type { DecodedType } from './schema/decode.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';
export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

export interface KindDefinition<T extends KubeObject = KubeObject> {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The resource name in URLs: pods. */
  readonly plural: string;
  readonly singular: string;
  /** Stored nowhere: the server makes the objects when it is asked for them (ComponentStatus). Absent: false. */
  readonly computed?: boolean;
  /** What a GET says is missing, where it is not the plural. */
  readonly missingAs?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** Its type in facts/schemas.json: io.k8s.api.core.v1.Pod; '' where `custom` says it. */
  readonly schema: string;
  /** Of kinds that a CustomResourceDefinition made. */
  readonly custom?: CustomType;
  /** Absent: the kind and List. */
  readonly listKind?: string;
  /** Absent: all. Kinds like TokenReview have only create and are never stored. */
  readonly verbs?: readonly Verb[];
  /** Another definition of the same storage (autoscaling/v1 HPA, events.k8s.io Events). */
  readonly storage?: StorageConversion<T>;

  /** Which names are valid. Absent: DNS subdomain. */
  readonly nameRule?: NameRule;
  /** Makes a name of metadata.generateName. Absent: five random letters are added. */
  readonly generateName?: (base: string) => string;
  /** Finalizers without a domain are valid: upstream forgot the check for some groups. Absent: false. */
  readonly anyFinalizer?: boolean;
  /** PUT of an object that does not exist creates it (Lease, Endpoints, Node, Event …). */
  readonly allowCreateOnUpdate?: boolean;
  /** PUT without resourceVersion overwrites. Absent: true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** metadata.generation counts changes of the spec. Absent: false. */
  readonly tracksGeneration?: boolean;

  /** Fills what the client left out. Runs on create and update, before validation and admission. */
  readonly defaults?: (object: T, context: StrategyContext) => void;
  /** Drops what a client may not set at creation (status). Runs before `defaults` results are validated. */
  readonly prepareForCreate?: (object: T, context: StrategyContext) => void;
  /** Carries over what an update of the main resource may not touch (status). */
  readonly prepareForUpdate?: (next: T, old: T, context: StrategyContext) => void;
  /** What a deletion that is accepted changes, such as a finalizer of the server's own. */
  readonly prepareForDelete?: (object: T, nowMs: number) => void;
  readonly validate?: (object: T, context: StrategyContext) => readonly FieldError[];
  /** Checks the change; `validate` is not run by the handler on update: call it from here. Absent: validate. */
  readonly validateUpdate?: (next: T, old: T, context: StrategyContext) => readonly FieldError[];
  /** A Warning header of every request to a kind that clients should leave behind. */
  readonly deprecation?: string;
  /** Texts of Warning headers for a create or update that is accepted. */
  readonly warnings?: (object: T, old: T | undefined) => readonly string[];
  /** What changes the generation; absent: anything outside metadata and status. */
  readonly generationInput?: (object: T) => unknown;

  /** Main-resource grace period on delete in seconds; absent or undefined: deleted at once (Pod has one). */
  readonly gracePeriodSeconds?: (object: T, requested: number | undefined) => number | undefined;
  /** Absent: background. (ReplicationController and Job in batch/v1 default to orphan only in old versions.) */
  readonly defaultPropagation?: 'Background' | 'Orphan';

  /**
   * Annotations that are fields in upstream's internal form, and annotations only in this version's:
   * metadata that is shown without its object does not have them.
   */
  readonly fieldAnnotations?: readonly string[];

  readonly subresources?: Subresources<T>;
  readonly columns?: readonly Column<T>[];
  /** What a table says of a row besides its cells. Absent or empty: nothing. */
  readonly rowConditions?: (object: T) => readonly RowCondition[];
  /** Field selectors besides metadata.name and metadata.namespace, by path. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** How other fields are refused, for the kinds that have words of their own. */
  readonly fieldRefusal?: (field: string) => string;
}

/** What a CustomResourceDefinition says of the form of its objects. */
export interface CustomType {
  readonly schema: Structural;
  /** @throws DecodeError */
  decode(value: unknown, options?: { readonly keepNulls?: boolean }): DecodedType;
  /** Of several versions of one resource, the one by which its objects are looked after. */
  readonly main: boolean;
  /** The definition is being deleted: nothing new is created. */
  readonly terminating: boolean;
}

export type NameRule =
  | 'dns-subdomain'
  | 'dns-label'
  | 'dns-label-1035'
  | 'path-segment'
  | ((name: string, isPrefix: boolean) => readonly string[]);

export interface StrategyContext {
  readonly clock: Clock;
  readonly random: Random;
  /** 'status' etc. when a subresource is written; absent for the main resource. */
  readonly subresource?: string;
  /** Adds a Warning header to the answer, whatever becomes of the request. */
  readonly warn?: (text: string) => void;
}

export interface StorageConversion<T extends KubeObject> {
  /** The definition whose form is stored, by apiVersion and kind: 'autoscaling/v2', 'v1'. */
  readonly apiVersion: string;
  /** Converts to and from its own stored form, too. Absent: false. */
  readonly always?: boolean;
  readonly toStorage: (object: T) => KubeObject;
  readonly fromStorage: (stored: KubeObject) => T;
}

export interface Subresources<T extends KubeObject> {
  readonly status?: StatusSubresource<T>;
  readonly scale?: ScaleSubresource<T>;
}

export interface StatusSubresource<T extends KubeObject> {
  /** Absent: everything but status (and labels/annotations where upstream lets them change) is taken from old. */
  readonly prepareForUpdate?: (next: T, old: T, context: StrategyContext) => void;
  readonly validateUpdate?: (next: T, old: T, context: StrategyContext) => readonly FieldError[];
  /** Texts of Warning headers. Absent: none. */
  readonly warnings?: (object: T) => readonly string[];
}

/** autoscaling/v1 Scale of this kind. */
export interface ScaleSubresource<T extends KubeObject> {
  /** Where the replicas stand. Absent: spec.replicas. */
  readonly replicasPath?: readonly string[];
  /** Of custom resources: the path as the definition writes it. */
  readonly customPath?: string;
  /** Undefined: the object does not say. */
  readonly replicas: (object: T) => number | undefined;
  readonly statusReplicas: (object: T) => number;
  /** The label selector in string form. */
  readonly selector: (object: T) => string;
  readonly setReplicas: (object: T, replicas: number) => void;
}

/** meta/v1 TableRowCondition. */
export interface RowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

/** A printer column, as `kubectl get` shows it. Priority 1 columns appear with -o wide. */
export interface Column<T extends KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  /** Rows have its cell, tables no definition of it: upstream forgot it. Absent: false. */
  readonly undeclared?: boolean;
  readonly cell: (object: T, context: { readonly nowMs: number }) => string | number | boolean | null;
}
