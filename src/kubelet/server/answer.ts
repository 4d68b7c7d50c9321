/** What the kubelet's server answers, free of any socket. */
import type { Readable } from 'node:stream';
import { StatusError } from '../../api/status-error.ts';

export interface KubeletRequest {
  readonly method: string;
  /** Percent-decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

export interface KubeletAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Readable;
}

/** `rest`: the path's segments after the route's own. */
export type KubeletHandler = (
  request: KubeletRequest,
  rest: readonly string[],
) => KubeletAnswer | Promise<KubeletAnswer>;

export const textAnswer = (status: number, body: string | Readable): KubeletAnswer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});

export const jsonAnswer = (value: unknown): KubeletAnswer => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(value),
});

/** The kubelet answers errors as text, as upstream's does. */
export function errorAnswer(error: unknown): KubeletAnswer {
  if (error instanceof StatusError) return textAnswer(error.code, `${error.message}\n`);
  return textAnswer(500, `${error instanceof Error ? error.message : String(error)}\n`);
}
