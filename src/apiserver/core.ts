/** What every operation works with. One a server; nothing in here is request-scoped. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Store } from '../store/contract.ts';
import type { AdmissionChain } from './admission/chain.ts';
import type { User } from './authn/user.ts';
import type { Authorizer } from './authz/authorizer.ts';
import type { WatchCache } from './cache/contract.ts';
import type { HealthCheck } from './nonresource/health.ts';
import type { ResourceRegistry } from './registry/registry.ts';
import type { Resource } from './registry/resource.ts';

export interface ServerCore {
  readonly resources: ResourceRegistry;
  readonly store: Store;
  readonly cache: WatchCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly admission: AdmissionChain;
  readonly authorizer: Authorizer;
  /** What `kubectl get componentstatuses` tells of. */
  readonly components: () => readonly HealthCheck[];
}

/** On whose behalf, and how, something is done. The in-process client makes these too. */
export interface Caller {
  readonly user: User;
  /** Collects the texts of Warning headers. */
  warn(text: string): void;
}

/** The object an operation is about. */
export interface Target {
  readonly resource: Resource;
  /** '' for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  /** '' for collections and creation. */
  readonly name: string;
}
