/** A request of the fuzz test, in a form that can be kept in a file and sent again. */
export interface FuzzRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** As regressions.json has it: the body as text where it is UTF-8, in base64 otherwise. */
export interface KeptRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly base64?: string;
}

export function keep({ method, target, headers, body }: FuzzRequest): KeptRequest {
  const kept = { method, target, headers };
  if (body === undefined) return kept;
  const text = body.toString();
  return Buffer.from(text).equals(body)
    ? { ...kept, body: text }
    : { ...kept, base64: body.toString('base64') };
}

export function restore({ method, target, headers = {}, body, base64 }: KeptRequest): FuzzRequest {
  const bytes =
    body !== undefined ? Buffer.from(body) : base64 !== undefined ? Buffer.from(base64, 'base64') : undefined;
  return { method, target, headers, body: bytes };
}
