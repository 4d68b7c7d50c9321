/** HTTP/2 sessions: closed when nothing is asked on them, cut when nobody is there any more. */
import type { ServerHttp2Session } from 'node:http2';
import type { Clock } from '../../base/clock.ts';
import type { HttpLimits } from './limits.ts';

export class Sessions {
  private readonly open = new Set<ServerHttp2Session>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: HttpLimits,
  ) {}

  add(session: ServerHttp2Session): void {
    this.open.add(session);
    let streams = 0;
    session.on('stream', stream => {
      streams++;
      stream.once('close', () => streams--);
    });
    session.setTimeout(this.limits.idleTimeoutMs, () => {
      if (session.destroyed) return;
      if (streams === 0) this.end(session);
      // Open watches keep their session, as long as somebody is there.
      else this.ping(session);
    });
    session.on('close', () => this.open.delete(session));
    session.on('error', () => {});
  }

  /** No new streams. */
  close(): void {
    for (const session of this.open) session.close();
  }

  destroy(): void {
    for (const session of this.open) session.destroy();
  }

  /** In order, or by force: nghttp2 reads nothing more of a client that floods it, and goes on holding it. */
  private end(session: ServerHttp2Session): void {
    session.close();
    const late = this.clock.schedule(this.limits.pongTimeoutMs, () => session.destroy());
    session.once('close', () => late.cancel());
  }

  private ping(session: ServerHttp2Session): void {
    const silent = this.clock.schedule(this.limits.pongTimeoutMs, () => session.destroy());
    session.once('close', () => silent.cancel());
    // False: enough of them are under way.
    if (!session.ping(() => silent.cancel())) silent.cancel();
  }
}
