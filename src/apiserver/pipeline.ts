/**
 * The stages of a request, in order: authenticate → impersonate → flow control → authorize → route;
 * what is behind the router decodes, admits, defaults, validates, stores and encodes. Whatever is
 * thrown becomes a Status here, and nowhere else. Around them all stands the request's deadline.
 */
import { StatusError } from '../api/status-error.ts';
import type { Authenticator } from './authn/authenticator.ts';
import { impersonate } from './authn/impersonate.ts';
import type { User } from './authn/user.ts';
import { forbiddenError } from './authz/forbidden.ts';
import { bodyLength } from './codec/body-length.ts';
import { statusErrorOf, statusResponse } from './codec/status.ts';
import type { ServerCore } from './core.ts';
import { type Deadline, Deadlines } from './deadlines/deadlines.ts';
import { queueTimeMs, REQUEST_TIMEOUT_MS, requestTimeoutMs, timedOut } from './deadlines/request-timeout.ts';
import type { Exchange } from './exchange.ts';
import type { FlowControl } from './flowcontrol/flow-control.ts';
import { isLongRunning } from './flowcontrol/long-running.ts';
import type { Place } from './flowcontrol/place.ts';
import type { RequestCounts } from './metrics/request-counts.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';
import type { Router } from './router.ts';

export interface PipelineOptions {
  readonly core: ServerCore;
  readonly authenticator: Authenticator;
  readonly router: Router;
  readonly flowControl: FlowControl;
  readonly counts?: RequestCounts;
}

/** Of an answer this large the client has to take something before the request's seats are free. */
const HELD_BYTES = 64 * 1024;

export class Pipeline {
  private readonly deadlines: Deadlines;

  constructor(private readonly options: PipelineOptions) {
    this.deadlines = new Deadlines(options.core.clock, REQUEST_TIMEOUT_MS);
  }

  /** Never throws. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    const info = requestInfo(request.method, request.path, request.query);
    const answered = this.options.counts?.begin(info);
    const response = isLongRunning(info)
      ? await this.answer(request, info, REQUEST_TIMEOUT_MS)
      : await this.answerInTime(request, info);
    answered?.(response.status);
    return response;
  }

  /** No deadline is looked at any more. */
  close(): void {
    this.deadlines.close();
  }

  /** What is under way at the deadline goes on to its end; only nobody hears of it. */
  private answerInTime(request: ApiRequest, info: RequestInfo): Promise<ApiResponse> {
    return new Promise(resolve => {
      const failed = (error: StatusError) => resolve(statusResponse(error, request));
      let deadline: Deadline;
      let timeoutMs: number;
      try {
        timeoutMs = requestTimeoutMs(request.query);
        deadline = this.deadline(timeoutMs, () => failed(timedOut()));
      } catch (error) {
        failed(statusErrorOf(error));
        return;
      }
      // `answer` never rejects.
      void this.answer(request, info, timeoutMs).then(response => {
        deadline.met();
        resolve(response);
      });
    });
  }

  private deadline(timeoutMs: number, missed: () => void): Deadline {
    if (timeoutMs === REQUEST_TIMEOUT_MS) return this.deadlines.set(missed);
    const timer = this.options.core.clock.schedule(timeoutMs, missed);
    return { met: () => timer.cancel() };
  }

  private async answer(request: ApiRequest, info: RequestInfo, timeoutMs: number): Promise<ApiResponse> {
    const warnings: string[] = [];
    let place: Place | undefined;
    let response: ApiResponse;
    try {
      const user = this.impersonated(request, info, await this.options.authenticator.authenticate(request));
      place = this.options.flowControl.enter(user, info, request, queueTimeMs(timeoutMs));
      if (place?.turn) await place.turn;
      const exchange = this.authorize(request, info, user, warnings);
      response = await this.options.router.route(exchange);
    } catch (error) {
      response = statusResponse(statusErrorOf(error), request);
      if (!(error instanceof StatusError))
        this.options.core.log.error('request failed', { method: request.method, path: request.path, error });
    }
    if (place) this.leaveWhenSent(place, request, response);
    return withExtras(response, warnings, place?.headers);
  }

  /**
   * A watch has begun by now, and everything else is done, but for what the client has to take. It
   * keeps its seats for that no longer than a request may last.
   */
  private leaveWhenSent(place: Place, request: ApiRequest, { body }: ApiResponse): void {
    if (!request.whenSent || (bodyLength(body) ?? 0) <= HELD_BYTES) {
      place.leave();
      return;
    }
    const deadline = this.deadlines.set(() => place.leave());
    request.whenSent(() => {
      deadline.met();
      place.leave();
    });
  }

  /**
   * The stages before the router for upgrades, which are long-running: flow control leaves them
   * alone. @throws StatusError 401, 403
   */
  async admitUpgrade(request: ApiRequest): Promise<Exchange> {
    const info = requestInfo(request.method, request.path, request.query);
    const user = this.impersonated(request, info, await this.options.authenticator.authenticate(request));
    return this.authorize(request, info, user, []);
  }

  private impersonated(request: ApiRequest, info: RequestInfo, user: User): User {
    return impersonate(request, info, user, this.options.core.authorizer);
  }

  private authorize(request: ApiRequest, info: RequestInfo, user: User, warnings: string[]): Exchange {
    const { core } = this.options;
    const decision = core.authorizer.authorize(user, info);
    if (!decision.allowed) throw forbiddenError(user, info, decision);
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

function withExtras(
  response: ApiResponse,
  warnings: readonly string[],
  headers: Readonly<Record<string, string>> | undefined,
): ApiResponse {
  if (!headers && warnings.length === 0) return response;
  const { status, contentType, body } = response;
  const all =
    headers && response.headers ? { ...response.headers, ...headers } : (headers ?? response.headers);
  return {
    status,
    contentType,
    body,
    ...(all ? { headers: all } : undefined),
    ...(warnings.length > 0 ? { warnings } : undefined),
  };
}
