/** Which patch a request carries. */
import { contentTypeOf, parseBody, unsupportedMediaType } from '../codec/body.ts';
import type { ResourceExchange } from '../exchange.ts';
import type { Transform } from '../operations/update.ts';
import { type PatchType, patchTransform } from './transform.ts';

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** @throws StatusError 400, 413, 415 */
export async function decodePatch({ request, resource }: ResourceExchange): Promise<Transform> {
  const type = PATCH_TYPES[contentTypeOf(request)];
  if (!type) throw unsupportedMediaType(Object.keys(PATCH_TYPES));
  const bytes = await request.body();
  return patchTransform(resource, type, type === 'apply' ? undefined : parseBody(bytes, 'json'));
}
