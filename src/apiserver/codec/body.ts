/** The body of a request before it is decoded: its media type, and YAML or protobuf made into JSON. */
import { StatusError } from '../../api/status-error.ts';
import type { ApiRequest } from '../request.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const ACCEPTED = ['application/json', 'application/yaml', PROTOBUF];

export type BodyFormat = 'json' | 'yaml' | 'protobuf';

/** Media type of the body without parameters, in lower case. */
export function contentTypeOf(request: ApiRequest): string {
  const [type = ''] = (request.header('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** A server-side apply: its body is a configuration, not a patch document. */
export const isApply = (request: ApiRequest): boolean =>
  request.method === 'PATCH' && contentTypeOf(request) === 'application/apply-patch+yaml';

/** A body without a type is JSON. @throws StatusError 415 */
export function bodyFormat(request: ApiRequest): BodyFormat {
  const type = contentTypeOf(request);
  if (type === '' || type === 'application/json') return 'json';
  if (type === 'application/yaml') return 'yaml';
  if (type === PROTOBUF) return 'protobuf';
  throw unsupportedMediaType();
}

export function unsupportedMediaType(accepted: readonly string[] = ACCEPTED): StatusError {
  return new StatusError({
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });
}
