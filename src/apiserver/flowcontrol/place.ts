/** A request's place: in a queue, then in its seats. */
import { StatusError } from '../../api/status-error.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request-info.ts';
import { QueuedRequest } from './fair-queues.ts';
import type { Flow } from './flow.ts';

export class Place extends QueuedRequest {
  /**
   * Undefined: the request has its seats. Otherwise it may go on when this resolves; it rejects with
   * StatusError 429 when it is refused.
   */
  turn: Promise<void> | undefined;
  /** Of the clock that never goes back. */
  servedMs = 0;
  private left = false;
  proceed: () => void = () => {};

  constructor(
    readonly flow: Flow,
    readonly distinguisher: string,
    seats: number,
    readonly user: User,
    readonly info: RequestInfo,
    private readonly onLeave: (place: Place) => void,
  ) {
    super(seats);
  }

  get headers(): Readonly<Record<string, string>> {
    return this.flow.headers;
  }

  dispatched(): void {
    this.proceed();
  }

  /** The request has been served, or failed: its seats are free. May be called more than once. */
  leave(): void {
    if (!this.executes || this.left) return;
    this.left = true;
    this.onLeave(this);
  }
}

/** Upstream's words; they come as a Status, which clients that read more than the code can show. */
export function tooManyRequests(retryAfterSeconds: number): StatusError {
  return new StatusError({
    reason: 'TooManyRequests',
    message: 'Too many requests, please try again later.',
    details: { retryAfterSeconds },
  });
}
