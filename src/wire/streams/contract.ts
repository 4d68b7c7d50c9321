/**
 * What a node offers for the containers it runs: logs, exec, attach, port-forward. The API server
 * translates the protocols of clients (WebSocket v1–v5, SPDY/3.1, SPDY in WebSocket) into this
 * contract; the kubelet carries it out through CRI. Neither imports the other: src/cluster joins
 * them, in process for the first node and over HTTPS for further ones.
 *
 * Errors before the first byte reject with StatusError; later ones come through `exit`.
 */
import type { Duplex, Readable, Writable } from 'node:stream';

export interface ContainerTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
}

export interface NodeStreams {
  /** The bytes of a container's log as the client asked for them. Ends when `signal` is aborted. */
  logs(target: ContainerTarget, options: LogOptions, signal: AbortSignal): Promise<Readable>;
  /** Runs a command; resolves when it runs. */
  exec(target: ContainerTarget, command: readonly string[], stdio: StdioOptions): Promise<RemoteProcess>;
  /** Joins the main process's stdio; resolves when joined. */
  attach(target: ContainerTarget, stdio: StdioOptions): Promise<RemoteProcess>;
  /** One connection to `port` (1–65535) inside the pod's network namespace, loopback included. */
  portForward(target: Omit<ContainerTarget, 'container'>, port: number): Promise<Duplex>;
}

export interface LogOptions {
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly sinceSeconds?: number;
  /** RFC 3339 */
  readonly sinceTime?: string;
  readonly timestamps?: boolean;
  /** Last lines to show; 0 or more. */
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** 'All' (default), 'Stdout' or 'Stderr'. */
  readonly stream?: string;
}

export interface StdioOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  /** Always false with a TTY, which has one output. */
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface RemoteProcess {
  /** end() closes the process's stdin. Undefined where it was not asked for. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  resize(size: { readonly width: number; readonly height: number }): void;
  /** The exit code; rejects when the runtime fails to tell. stdout and stderr end before. */
  readonly exit: Promise<ExitResult>;
  /** The client went away: release everything. */
  close(): void;
}

export type ExitResult = { readonly code: number } | { readonly error: string };
