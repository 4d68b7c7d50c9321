/** Media types that answers come in, by what is asked. Pure. */
import { PROTOBUF } from '../codec/negotiate.ts';
import { subresourceOf } from './operation-text.ts';
import type { Operation } from './sources.ts';

const OBJECTS = ['application/json', PROTOBUF, 'application/yaml'];
const STREAMS = ['application/json;stream=watch', `${PROTOBUF};stream=watch`];

export function producedBy(path: string, { action, produces }: Operation): readonly string[] {
  if (produces) return produces;
  if (path === '/openid/v1/jwks/') return ['application/jwk-set+json'];
  if (path === '/version/' || path.startsWith('/.well-known/')) return ['application/json'];
  if (action === 'connect') return ['*/*'];
  if (subresourceOf(path) === 'log') return [...OBJECTS, 'text/plain'];
  const streams = action === 'list' || action === 'watch' || action === 'watchlist';
  return streams ? [...OBJECTS, ...STREAMS].sort() : OBJECTS;
}
