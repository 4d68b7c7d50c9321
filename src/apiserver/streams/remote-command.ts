/**
 * pods/exec and pods/attach: whichever protocol the client upgraded to becomes a session, and the
 * session is joined to the process on the node.
 */
import { badRequest } from '../../api/status-error.ts';
import type { RemoteProcess, StdioOptions } from '../../wire/streams/contract.ts';
import { bridge } from './session.ts';
import { SPDY_COMMAND_PROTOCOLS, spdySession } from './spdy-session.ts';
import {
  acceptSpdy,
  acceptWebSocket,
  isSpdyUpgrade,
  isWebSocketUpgrade,
  negotiate,
  noProtocol,
  offeredSpdyProtocols,
  offeredWebSocketProtocols,
  refuse,
  type UpgradeContext,
} from './upgrade.ts';
import { COMMAND_PROTOCOLS, websocketSession } from './websocket-session.ts';

/** The stdio a client asks for in the query, by upstream's rules: at least one; no stderr with a TTY. */
export function stdioOptions(query: URLSearchParams): StdioOptions {
  const flag = (name: string) => ['1', 'true', 'True', 'TRUE', 't', 'T'].includes(query.get(name) ?? '');
  const stdio = { stdin: flag('stdin'), stdout: flag('stdout'), stderr: flag('stderr'), tty: flag('tty') };
  if (!stdio.stdin && !stdio.stdout && !stdio.stderr) {
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  }
  return stdio.tty ? { ...stdio, stderr: false } : stdio;
}

/** Never rejects: what goes wrong reaches the client on its connection. */
export async function serveRemoteCommand(
  context: UpgradeContext,
  stdio: StdioOptions,
  start: () => Promise<RemoteProcess>,
): Promise<void> {
  const { request, socket, head, clock, log } = context;
  socket.on('error', () => socket.destroy());
  try {
    if (isWebSocketUpgrade(request)) {
      const offered = offeredWebSocketProtocols(request);
      if (negotiate(offered, COMMAND_PROTOCOLS) === undefined)
        return refuse(socket, noProtocol(offered, COMMAND_PROTOCOLS));
      const ws = await acceptWebSocket(request, socket, head, COMMAND_PROTOCOLS);
      return await bridge(websocketSession(ws, stdio), start);
    }
    if (isSpdyUpgrade(request)) {
      const offered = offeredSpdyProtocols(request);
      const protocol = negotiate(offered, SPDY_COMMAND_PROTOCOLS);
      if (protocol === undefined) {
        const accepted = { 'X-Accepted-Stream-Protocol-Versions': SPDY_COMMAND_PROTOCOLS.join(', ') };
        return refuse(socket, noProtocol(offered, SPDY_COMMAND_PROTOCOLS), accepted);
      }
      acceptSpdy(socket, protocol);
      if (head.length > 0) socket.unshift(head);
      return await bridge(await spdySession(socket, protocol || 'channel.k8s.io', stdio, clock), start);
    }
    refuse(socket, badRequest('unable to upgrade: expected Upgrade: websocket or SPDY/3.1'));
  } catch (error) {
    log.debug('remote command ended', { error: String(error) });
    socket.destroy();
  }
}
