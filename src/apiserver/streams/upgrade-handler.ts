/**
 * Upgrade requests (WebSocket, SPDY) on the API server's port: they pass the same authentication and
 * authorization as every request, and then leave HTTP.
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Duplex } from 'node:stream';
import { badRequest, StatusError } from '../../api/status-error.ts';
import type { NodeStreams } from '../../wire/streams/contract.ts';
import { statusErrorOf } from '../codec/status.ts';
import type { ServerCore } from '../core.ts';
import { toApiRequest } from '../http/request-adapter.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Proxy } from '../reverse-proxy/proxy.ts';
import { servePortForward } from './port-forward.ts';
import { serveRemoteCommand } from './remote-command.ts';
import { admitStream, STREAM_SUBRESOURCES, type StreamRequest, streamRequest } from './stream-request.ts';
import { refuse, type UpgradeContext } from './upgrade.ts';

export interface UpgradeHandlerOptions {
  readonly core: ServerCore;
  readonly pipeline: Pipeline;
  /** Undefined while no node offers streams. */
  readonly streams: () => NodeStreams | undefined;
  readonly proxy: Proxy;
}

export type UpgradeHandler = (message: IncomingMessage, socket: Duplex, head: Buffer) => void;

export function createUpgradeHandler(options: UpgradeHandlerOptions): UpgradeHandler {
  return (message, socket, head) => void handle(options, message, socket, head);
}

async function handle(
  options: UpgradeHandlerOptions,
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { core, pipeline } = options;
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  socket.on('error', () => socket.destroy());
  try {
    // Both kinds of Node request have what the adapter reads: url, method, headers and socket.
    const request = toApiRequest(message as unknown as Http2ServerRequest, gone);
    if (!request) throw badRequest('the path is not a valid percent-encoding');
    const { info, caller } = await pipeline.admitUpgrade(request);
    if (await options.proxy.upgrade(core, request, info, { socket, head })) return;
    const kind = STREAM_SUBRESOURCES.find(s => s === info.subresource);
    if (info.group !== '' || info.resource !== 'pods' || !kind) {
      throw badRequest(
        `${info.path} does not take upgrades: only pods/${STREAM_SUBRESOURCES.join(', pods/')} and proxy do`,
      );
    }
    const streams = options.streams();
    await admitStream(core, kind, info, request.query, caller);
    const wanted = streamRequest(core, kind, info, request.query);
    if (!streams)
      throw new StatusError({
        reason: 'ServiceUnavailable',
        message: 'no node offers container streams yet',
      });
    await serve({ request: message, socket, head, clock: core.clock, log: core.log }, streams, wanted);
  } catch (error) {
    refuse(socket, statusErrorOf(error));
  }
}

function serve(context: UpgradeContext, streams: NodeStreams, wanted: StreamRequest): Promise<void> {
  switch (wanted.kind) {
    case 'exec':
      return serveRemoteCommand(context, wanted.stdio, () =>
        streams.exec(wanted.target, wanted.command, wanted.stdio),
      );
    case 'attach':
      return serveRemoteCommand(context, wanted.stdio, () => streams.attach(wanted.target, wanted.stdio));
    case 'portforward':
      return servePortForward(context, wanted.ports, port => streams.portForward(wanted.target, port));
  }
}
