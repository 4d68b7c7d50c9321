/**
 * The closed catalogue of what the API answers when it does not do what was asked: reasons, HTTP
 * status codes and messages as in upstream's apimachinery `errors` package (API reference:
 * Status v1 meta). kubectl and client-go decide by `reason` and `code`, people read `message`.
 */
import type { FieldError } from './field-error.ts';
import { goQuote } from './go-quote.ts';

const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof CODES;

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** An API answer of status Failure; thrown inside, serialised as a Status object at the door. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly reason: StatusReason | '';
  readonly code: number;
  readonly details: StatusDetails | undefined;
  /** Goes into the Status object's metadata: the token to continue an expired list with. */
  readonly listMeta: { readonly continue: string } | undefined;

  constructor(options: {
    reason: StatusReason | '';
    message: string;
    details?: StatusDetails | undefined;
    /** Only where it is not the reason's usual one. */
    code?: number;
    listMeta?: { readonly continue: string };
    cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = options.reason;
    this.code = options.code ?? (options.reason === '' ? 500 : CODES[options.reason]);
    this.details = options.details;
    this.listMeta = options.listMeta;
  }

  /** The Status object that goes on the wire. */
  toStatus(): Record<string, unknown> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.listMeta ?? {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }
}

export function isStatusError(error: unknown, reason?: StatusReason): error is StatusError {
  return error instanceof StatusError && (reason === undefined || error.reason === reason);
}

interface ResourceName {
  readonly group: string;
  /** The plural, as in the URL. */
  readonly resource: string;
}

const qualified = (r: ResourceName) => (r.group ? `${r.resource}.${r.group}` : r.resource);
const details = (r: ResourceName, name: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(r.group ? { group: r.group } : {}),
  kind: r.resource,
});

export function notFound(r: ResourceName, name: string): StatusError {
  return new StatusError({
    reason: 'NotFound',
    message: `${qualified(r)} ${goQuote(name)} not found`,
    details: details(r, name),
  });
}

export function alreadyExists(r: ResourceName, name: string): StatusError {
  return new StatusError({
    reason: 'AlreadyExists',
    message: `${qualified(r)} ${goQuote(name)} already exists`,
    details: details(r, name),
  });
}

export function conflict(r: ResourceName, name: string, why: string): StatusError {
  return new StatusError({
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualified(r)} ${goQuote(name)}: ${why}`,
    details: details(r, name),
  });
}

export function forbidden(r: ResourceName, name: string, why: string): StatusError {
  const what = name ? `${qualified(r)} ${goQuote(name)}` : qualified(r);
  return new StatusError({
    reason: 'Forbidden',
    message: `${what} is forbidden: ${why}`,
    details: details(r, name),
  });
}

export function badRequest(message: string): StatusError {
  return new StatusError({ reason: 'BadRequest', message });
}

export function internalError(cause: unknown): StatusError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StatusError({
    reason: 'InternalError',
    message: `Internal error occurred: ${why}`,
    details: { causes: [{ message: why }] },
    cause,
  });
}

/** 422 with one cause a field error; the message lists them as upstream's ErrorList.ToAggregate. */
export function invalid(
  kind: {
    readonly group: string;
    readonly kind: string;
    readonly storage?: { readonly apiVersion: string } | undefined;
  },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  // Kinds that share another's storage are validated, and named, in the stored form.
  const stored = kind.storage?.apiVersion;
  const group = stored === undefined ? kind.group : (stored.match(/^(.*)\//)?.[1] ?? '');
  const texts = [...new Set(errors.map(e => `${e.field}: ${e.body}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const qualifiedKind = group ? `${kind.kind}.${group}` : kind.kind;
  return new StatusError({
    reason: 'Invalid',
    message: `${qualifiedKind} ${goQuote(name)} is invalid: ${list}`,
    details: {
      ...(name ? { name } : {}),
      ...(group ? { group } : {}),
      ...(kind.kind ? { kind: kind.kind } : {}),
      causes: errors.map(e => ({ reason: e.reason, message: e.body, field: e.field })),
    },
  });
}
