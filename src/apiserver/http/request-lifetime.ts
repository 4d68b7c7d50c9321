/**
 * How long somebody waits for an answer: until the client goes away, or the server closes. Most
 * requests never ask, and an AbortController is dear (a tenth of a GET's whole cost), so the
 * signal is made when it is first looked at, and only then somebody can be told of the end.
 */
export class RequestLifetime {
  private controller: AbortController | undefined;
  private over = false;
  private sent: (() => void) | undefined;

  /** `onWatched`: called once, when somebody looks at the signal before the end. */
  constructor(private readonly onWatched: (lifetime: RequestLifetime) => void) {}

  get ended(): boolean {
    return this.over;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.over) this.controller.abort();
      else this.onWatched(this);
    }
    return this.controller.signal;
  }

  /** One callback: when the answer has left or cannot any more. */
  whenSent(callback: () => void): void {
    if (this.over) callback();
    else this.sent = callback;
  }

  end(): void {
    this.over = true;
    this.controller?.abort();
    this.sent?.();
    this.sent = undefined;
  }
}
