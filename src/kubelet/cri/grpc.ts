/** gRPC over a unix socket with schemas read from .proto files beside this one. */
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { type Client, credentials, status } from '@grpc/grpc-js';
import { loadService } from '../../wire/grpc/load-service.ts';
import { RuntimeError, type RuntimeErrorCode } from './contract.ts';

/** containerd's own limit for messages. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** A client for `service` (full name) from the .proto file `file` (wire/grpc/load-service.ts has its types). */
export function openClient(file: string, service: string, socketPath: string): Client {
  const Service = loadService(new URL(file, import.meta.url), service);
  return new Service(`unix://${socketPath}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    // Two clients of one process must not share a subchannel whose back-off the other caused.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2000,
  });
}

interface UnaryCall {
  cancel(): void;
}
type UnaryMethod = (
  request: object,
  options: { deadline?: number; metadata?: Metadata },
  callback: (error: ServiceError | null, response: unknown) => void,
) => UnaryCall;

/** Calls the unary method `name`. `deadlineMs` is a time since the epoch; absent: no limit. */
export function callUnary<Response>(
  client: Client,
  name: string,
  request: object,
  options: { readonly deadlineMs?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { deadlineMs, signal } = options;
    if (signal?.aborted) return reject(new RuntimeError('Cancelled', `${name} was cancelled`));
    const method = (client as unknown as Record<string, UnaryMethod>)[name];
    if (!method) return reject(new RuntimeError('Unimplemented', `Cannot call ${name}: no such method`));
    const abort = () => call.cancel();
    const call = method.call(
      client,
      request,
      deadlineMs === undefined ? {} : { deadline: deadlineMs },
      (error, response) => {
        signal?.removeEventListener('abort', abort);
        if (error) reject(toRuntimeError(error));
        else resolve(response as Response);
      },
    );
    signal?.addEventListener('abort', abort, { once: true });
  });
}

const CODES: Partial<Record<number, RuntimeErrorCode>> = {
  [status.NOT_FOUND]: 'NotFound',
  [status.ALREADY_EXISTS]: 'AlreadyExists',
  [status.DEADLINE_EXCEEDED]: 'DeadlineExceeded',
  [status.UNAVAILABLE]: 'Unavailable',
  [status.UNIMPLEMENTED]: 'Unimplemented',
  [status.CANCELLED]: 'Cancelled',
};

export function toRuntimeError(error: ServiceError): RuntimeError {
  return new RuntimeError(CODES[error.code] ?? 'Unknown', error.details || error.message, { cause: error });
}
