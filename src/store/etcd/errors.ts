/**
 * What a failed call to etcd means. Three cases, and they must not be mixed up: etcd has refused
 * (nothing was written); the call was never sent (nothing was written, another member may be
 * asked); or nobody knows, and whoever wrote is told so.
 */
import { type ServiceError, status } from '@grpc/grpc-js';
import { CompactedError, StoreIoError } from '../contract.ts';

export type Failure = 'refused' | 'unsent' | 'unknown';

/** How grpc-js (1.14) says that a call found no connection and was not sent: at once, or in its time. */
const UNSENT = /^(No connection established|Name resolution failed)|^Deadline exceeded.*Waiting for LB pick$/;

/** Answers of etcd (its rpctypes) that stand for a write that was not done. */
const REFUSED = new Set<number>([
  status.INVALID_ARGUMENT,
  status.OUT_OF_RANGE,
  status.RESOURCE_EXHAUSTED,
  status.FAILED_PRECONDITION,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.UNIMPLEMENTED,
]);

/** 'unsent': nobody has seen the call, so it may be sent again. */
export function failureOf(error: ServiceError): Failure {
  const mayBe = error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED;
  if (mayBe && UNSENT.test(error.details)) return 'unsent';
  return REFUSED.has(error.code) ? 'refused' : 'unknown';
}

export const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && 'details' in error;

/** What etcd says to a read or a compaction of a revision that is not there (any more, yet). */
export const isCompacted = (error: unknown) =>
  error instanceof CompactedError || reasonOf(error).includes('required revision has been compacted');
export const isFuture = (error: unknown) =>
  reasonOf(error).includes('required revision is a future revision');

const MEANINGS: readonly [RegExp, string][] = [
  [/database space exceeded/, 'its database is full: compact and defragment it, or raise its quota'],
  [/request is too large/, 'it takes no requests of this size (its --max-request-bytes)'],
  [/self.signed|unable to (get|verify)|CERT|certificate/i, 'the certificates do not fit'],
  [/wrong version number|packet length|SSL|EPROTO/i, 'one side speaks TLS, the other does not'],
  [/ECONNREFUSED/, 'nothing listens there'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution/, 'the name is not known'],
  [
    /user name is empty|invalid auth|permission denied/,
    'it asks for a user, and Peapod shows certificates only',
  ],
  [/^Deadline exceeded/i, 'no answer in time'],
  [/ECONNRESET|dropped|socket hang up|EPIPE/i, 'the connection broke'],
];

/** The status detail, without grpc-js' words around it. */
function reasonOf(error: unknown): string {
  const { details, message } = error as Partial<ServiceError>;
  return (details || message || String(error)).split('\n', 1)[0] ?? '';
}

/** One line for a person. `where` is the endpoints. */
export function etcdError(action: string, where: string, error: unknown): StoreIoError {
  if (error instanceof StoreIoError) return error;
  const reason = reasonOf(error)
    .replace(/^No connection established\. Last error: (Error: )?/, '')
    .replace(/\.? Resolution note: ?$/, '');
  const meaning = MEANINGS.find(([pattern]) => pattern.test(reason))?.[1];
  return new StoreIoError(
    `Cannot ${action} etcd at ${where}: ${meaning ? `${meaning} (${reason})` : reason}`,
    {
      cause: error,
    },
  );
}
