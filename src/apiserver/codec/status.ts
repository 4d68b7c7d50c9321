/** Status objects, the answers that are no objects: failures, and "it has been deleted". */
import { stringify } from 'yaml';
import { internalError, StatusError } from '../../api/status-error.ts';
import type { ApiResponse } from '../request.ts';
import { negotiate } from './negotiate.ts';

export function statusErrorOf(error: unknown): StatusError {
  return error instanceof StatusError ? error : internalError(error);
}

/** Failures are told in JSON to clients that take nothing we have. */
export function statusResponse(error: StatusError, accept: string | undefined): ApiResponse {
  const retryAfter = error.details?.retryAfterSeconds;
  const response = valueResponse(error.code, error.toStatus(), yamlOnly(accept));
  return retryAfter === undefined
    ? response
    : { ...response, headers: { 'retry-after': String(retryAfter) } };
}

export function valueResponse(status: number, value: unknown, yaml = false): ApiResponse {
  const text = yaml ? stringify(value) : JSON.stringify(value);
  return {
    status,
    contentType: yaml ? 'application/yaml' : 'application/json',
    body: Buffer.from(text),
  };
}

function yamlOnly(accept: string | undefined): boolean {
  try {
    return (
      negotiate(accept, ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']).mediaType !==
      'application/json'
    );
  } catch {
    return false;
  }
}
