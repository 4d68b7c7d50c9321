/**
 * pods/exec, pods/attach and pods/portforward as ordinary requests: everything is checked as it
 * would be, and then the client is told to upgrade. Upgrades come in by streams/upgrade-handler.ts.
 */
import { badRequest } from '../../api/status-error.ts';
import { admitStream, type StreamSubresource, streamRequest } from '../streams/stream-request.ts';
import type { Subresource } from './subresource.ts';

export function streamingSubresource(kind: StreamSubresource, optionsKind: string): Subresource {
  const answer = async ({
    core,
    request,
    info,
    caller,
  }: Parameters<NonNullable<Subresource['verbs']['get']>>[0]): Promise<never> => {
    await admitStream(core, kind, info, request.query, caller);
    streamRequest(core, kind, info, request.query);
    throw badRequest(
      'unable to upgrade: missing upgrade headers in request: expected Upgrade: websocket or SPDY/3.1',
    );
  };
  return { kind: optionsKind, verbs: { get: answer, create: answer } };
}
