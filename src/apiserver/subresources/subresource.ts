/** What stands under an object: pods/log, deployments/scale. One file each; index.ts is the list. */
import type { KubeObject } from '../../api/object.ts';
import type { Caller, ServerCore, Target } from '../core.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { Resource } from '../registry/resource.ts';
import type { ApiResponse } from '../request.ts';

export type SubresourceHandler = (exchange: ResourceExchange) => ApiResponse | Promise<ApiResponse>;

export interface Subresource {
  /** The kind its discovery entry shows, where it is another than the parent's. */
  readonly kind?: string;
  readonly group?: string;
  readonly version?: string;
  /** POST of an object that answers another, free of HTTP: the in-process client's way in. */
  readonly create?: (
    core: ServerCore,
    target: Target,
    body: KubeObject,
    caller: Caller,
  ) => Promise<KubeObject>;
  /** By Kubernetes verb. */
  readonly verbs: Readonly<Partial<Record<string, SubresourceHandler>>>;
  /** Hands the request on: it takes longer paths, and HEAD and OPTIONS as it takes GET. */
  readonly connect?: boolean;
}

export interface SubresourceHandlers {
  /** Undefined: there is no such subresource. */
  find(resource: Resource, name: string): Subresource | undefined;
  /** For discovery. */
  of(resource: Resource): ReadonlyMap<string, Subresource>;
}
