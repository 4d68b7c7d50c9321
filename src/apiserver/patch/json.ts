/** JSON Patch, RFC 6902, with upstream's limits: at most 10,000 operations. */
import jsonpatch from 'fast-json-patch';
import { StatusError, badRequest } from '../../api/status-error.ts';

const MAX_OPERATIONS = 10_000;

/** Changes `document`, which must be the caller's own. @throws StatusError 413, 422 */
export function jsonPatch(document: unknown, body: unknown): unknown {
  if (!Array.isArray(body)) throw badRequest('a JSON patch must be a list of operations');
  if (body.length > MAX_OPERATIONS)
    throw new StatusError({
      reason: 'RequestEntityTooLarge',
      message: `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${body.length}`,
    });
  try {
    return jsonpatch.applyPatch(document, body as jsonpatch.Operation[], true, true).newDocument;
  } catch (error) {
    throw new StatusError({
      reason: 'Invalid',
      message: `the server rejected our request due to an error in our request`,
      details: {},
      cause: error,
    });
  }
}
