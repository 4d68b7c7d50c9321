/** One request on its way through the stages, as the handlers of verbs and subresources see it. */
import type { Caller, ServerCore, Target } from './core.ts';
import type { Resource } from './registry/resource.ts';
import type { ApiRequest } from './request.ts';
import type { RequestInfo } from './request-info.ts';

export interface Exchange {
  readonly core: ServerCore;
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly caller: Caller;
}

export interface ResourceExchange extends Exchange {
  readonly resource: Resource;
  readonly target: Target;
}
