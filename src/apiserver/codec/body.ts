/** From the bytes of a body to a JSON value: content type, JSON or YAML. */
import { parse as parseYaml } from 'yaml';
import { StatusError, badRequest } from '../../api/status-error.ts';
import type { ApiRequest } from '../request.ts';

const ACCEPTED = ['application/json', 'application/yaml'];

/** Media type of the body without parameters; what is absent counts as JSON. */
export function contentTypeOf(request: ApiRequest): string {
  const [type = ''] = (request.header('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** @throws StatusError 415 */
export function bodyFormat(request: ApiRequest): 'json' | 'yaml' {
  const type = contentTypeOf(request);
  if (type === '' || type === 'application/json') return 'json';
  if (type === 'application/yaml') return 'yaml';
  throw unsupportedMediaType();
}

export function unsupportedMediaType(accepted: readonly string[] = ACCEPTED): StatusError {
  return new StatusError({
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });
}

/** @throws StatusError 400 */
export function parseBody(bytes: Buffer, format: 'json' | 'yaml'): unknown {
  try {
    return format === 'json' ? (JSON.parse(bytes.toString()) as unknown) : (parseYaml(bytes.toString()) as unknown);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : error}`);
  }
}
