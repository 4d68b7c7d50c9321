/** Status objects, the answers that are no objects: failures, and "it has been deleted". */
import { internalError, StatusError } from '../../api/status-error.ts';
import type { ApiResponse } from '../request.ts';
import { type MediaType, negotiate, PROTOBUF } from './negotiate.ts';
import { protobufResponse } from './protobuf.ts';
import { writeYaml } from './yaml.ts';

export function statusErrorOf(error: unknown): StatusError {
  return error instanceof StatusError ? error : internalError(error);
}

/** Failures are told in JSON to clients that take nothing we have, and there are no tables of them. */
export function statusResponse(error: StatusError, accept: string | undefined): ApiResponse {
  const retryAfter = error.details?.retryAfterSeconds;
  const response = valueResponse(error.code, error.toStatus(), mediaTypeFor(accept));
  return retryAfter === undefined
    ? response
    : { ...response, headers: { 'retry-after': String(retryAfter) } };
}

export function valueResponse(
  status: number,
  value: unknown,
  mediaType: MediaType = 'application/json',
): ApiResponse {
  if (mediaType === PROTOBUF) return protobufResponse(status, value);
  const text = mediaType === 'application/yaml' ? writeYaml(value) : JSON.stringify(value);
  return { status, contentType: mediaType, body: Buffer.from(text) };
}

function mediaTypeFor(accept: string | undefined): MediaType {
  try {
    return negotiate(accept, []).mediaType;
  } catch {
    return 'application/json';
  }
}
