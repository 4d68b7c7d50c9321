/**
 * How long somebody waits for an answer: until the client goes away, or the server closes. Most
 * requests never ask, and an AbortController is dear (a tenth of a GET's whole cost), so the
 * signal is made when it is first looked at.
 */
export class RequestLifetime {
  private controller: AbortController | undefined;
  private over = false;
  private sent: (() => void) | undefined;

  get ended(): boolean {
    return this.over;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.over) this.controller.abort();
    }
    return this.controller.signal;
  }

  /** One callback: when the answer has left or cannot any more. */
  readonly whenSent = (callback: () => void): void => {
    if (this.over) callback();
    else this.sent = callback;
  };

  end(): void {
    this.over = true;
    this.controller?.abort();
    this.sent?.();
    this.sent = undefined;
  }
}
