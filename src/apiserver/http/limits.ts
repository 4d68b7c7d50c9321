/**
 * What a client may take of the server. Upstream's where it has one (its secure serving and Go's
 * net/http), otherwise what one Node process can bear.
 *
 * What Node and nghttp2 bound themselves, checked in limits.test.ts: streams that are reset as soon
 * as they are opened (CVE-2023-44487; 1,000 at once, then 33 a second), pings and settings whose
 * answers are not taken, headers of HTTP/2 in many pieces.
 */
export interface HttpLimits {
  /** Of all headers together, and so of the URL too, over HTTP/1.1; upstream's 1 MiB. HTTP/2: 64 KiB, nghttp2's. */
  readonly maxHeaderBytes: number;
  /** From the connection to the end of the TLS handshake. */
  readonly handshakeTimeoutMs: number;
  /** From the connection, or the first byte, to the end of a request's headers (HTTP/1.1). */
  readonly headersTimeoutMs: number;
  /** For a body that is read whole, to its end (HTTP/1.1; the request's own deadline holds for both). */
  readonly bodyTimeoutMs: number;
  /** Of a connection on which nothing is asked. */
  readonly idleTimeoutMs: number;
  /** For the answer to a ping, which HTTP/2 sessions with idle streams are sent. */
  readonly pongTimeoutMs: number;
  /** An answer over 64 KiB of which nothing moves for so long is cut. */
  readonly stalledMs: number;
  /** What a client may still send, and for how long, of a body when its request is answered. */
  readonly drainedBytes: number;
  readonly drainMs: number;
  /** Requests at once on an HTTP/2 session; upstream's. */
  readonly maxStreams: number;
  readonly maxConnections: number;
  /** From one address: behind some are many clients. */
  readonly maxConnectionsPerAddress: number;
  /** How often connections are looked at for the times above (HTTP/1.1). */
  readonly checkIntervalMs: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  maxHeaderBytes: 1024 * 1024,
  handshakeTimeoutMs: 32_000,
  headersTimeoutMs: 32_000,
  bodyTimeoutMs: 120_000,
  idleTimeoutMs: 180_000,
  pongTimeoutMs: 15_000,
  stalledMs: 60_000,
  // Enough that whoever sends too much is told so: a client that is cut while it writes reads no answer.
  drainedBytes: 32 * 1024 * 1024,
  drainMs: 30_000,
  maxStreams: 100,
  maxConnections: 20_000,
  maxConnectionsPerAddress: 4_000,
  checkIntervalMs: 30_000,
};
