/** Status objects, the answers that are no objects: failures, and "it has been deleted". */
import { internalError, StatusError } from '../../api/status-error.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { type Negotiated, negotiate, PROTOBUF } from './negotiate.ts';
import { jsonText, wantsPretty } from './pretty.ts';
import { protobufResponse } from './protobuf.ts';
import { writeYaml } from './yaml.ts';

export function statusErrorOf(error: unknown): StatusError {
  return error instanceof StatusError ? error : internalError(error);
}

/** Failures are told in JSON to clients that take nothing we have, and there are no tables of them. */
export function statusResponse(
  error: StatusError,
  request: Pick<ApiRequest, 'header' | 'query'>,
): ApiResponse {
  const retryAfter = error.details?.retryAfterSeconds;
  const response = inForm(error.code, error.toStatus(), request);
  return retryAfter === undefined
    ? response
    : { ...response, headers: { 'retry-after': String(retryAfter) } };
}

function inForm(status: number, value: unknown, request: Pick<ApiRequest, 'header' | 'query'>): ApiResponse {
  const form = formFor(request.header('accept'));
  const contentType = form?.mediaType ?? 'application/json';
  if (contentType === PROTOBUF) return protobufResponse(status, value);
  const text =
    contentType === 'application/yaml'
      ? writeYaml(value)
      : jsonText(value, wantsPretty(request, form?.pretty ?? false));
  return { status, contentType, body: Buffer.from(text) };
}

function formFor(accept: string | undefined): Negotiated | undefined {
  try {
    return negotiate(accept, []);
  } catch {
    return undefined;
  }
}
