/**
 * The stages of a request, in order: deadline → authenticate → impersonate → authorize → route; what is
 * behind the router decodes, admits, defaults, validates, stores and encodes. Whatever is thrown
 * becomes a Status here, and nowhere else.
 */
import { StatusError } from '../api/status-error.ts';
import type { Authenticator } from './authn/authenticator.ts';
import { impersonate } from './authn/impersonate.ts';
import type { User } from './authn/user.ts';
import { attributesOf } from './authz/authorizer.ts';
import { forbiddenError } from './authz/forbidden.ts';
import { statusErrorOf, statusResponse } from './codec/status.ts';
import type { ServerCore } from './core.ts';
import type { Exchange } from './exchange.ts';
import type { RequestMetrics } from './nonresource/metrics.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { checkDeadline } from './request-deadline.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';
import type { Router } from './router.ts';

export interface PipelineOptions {
  readonly core: ServerCore;
  readonly authenticator: Authenticator;
  readonly router: Router;
  readonly metrics?: RequestMetrics;
}

export class Pipeline {
  constructor(private readonly options: PipelineOptions) {}

  /** Never throws. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    const info = requestInfo(request.method, request.path, request.query);
    const answered = this.options.metrics?.begin(info);
    const response = await this.answer(request, info);
    answered?.(response.status);
    return response;
  }

  private async answer(request: ApiRequest, info: RequestInfo): Promise<ApiResponse> {
    const warnings: string[] = [];
    try {
      const exchange = await this.authorize(request, warnings, info);
      return withWarnings(await this.options.router.route(exchange), warnings);
    } catch (error) {
      const status = statusErrorOf(error);
      if (!(error instanceof StatusError))
        this.options.core.log.error('request failed', { method: request.method, path: request.path, error });
      return withWarnings(statusResponse(status, request.header('accept')), warnings);
    }
  }

  /** The stages before the router, for upgrades too. @throws StatusError 401, 403 */
  async authorize(
    request: ApiRequest,
    warnings: string[] = [],
    info = requestInfo(request.method, request.path, request.query),
  ): Promise<Exchange> {
    checkDeadline(info, request.query);
    const { core, authenticator } = this.options;
    const real = await authenticator.authenticate(request);
    const user = impersonate(request, real, core.authorizer);
    const attributes = attributesOf(info);
    const decision = core.authorizer.authorize(user, attributes);
    if (!decision.allowed) throw forbiddenError(user, attributes, decision);
    return { core, request, info, caller: caller(user, warnings) };
  }
}

function caller(user: User, warnings: string[]) {
  return {
    user,
    warn(text: string) {
      if (!warnings.includes(text)) warnings.push(text);
    },
  };
}

function withWarnings(response: ApiResponse, warnings: readonly string[]): ApiResponse {
  return warnings.length === 0 ? response : { ...response, warnings };
}
