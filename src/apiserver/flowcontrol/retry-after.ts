/**
 * What a refused client is told to wait: doubled while many are refused, lowered by one when few
 * are, so that a herd of clients spreads out (upstream's dropped requests tracker). Seconds, 1 to 32.
 */
const LONGEST_S = 32;

interface Second {
  readonly at: number;
  refused: number;
}

export class RetryAfter {
  seconds = 1;
  private readonly history: Second[] = [];
  private doubledAt = Number.NEGATIVE_INFINITY;

  /** `nowMs`: when the request was refused. */
  refused(nowMs: number): void {
    const at = Math.floor(nowMs / 1000);
    const last = this.history.at(-1);
    if (last?.at === at) {
      last.refused++;
      return;
    }
    this.adjust(at);
    this.history.push({ at, refused: 1 });
    while ((this.history[0] as Second).at < at - LONGEST_S) this.history.shift();
  }

  /** By what was refused in the last `seconds`, this one not counted. */
  private adjust(at: number): void {
    const recent = this.history.filter(s => at - s.at <= this.seconds).reduce((sum, s) => sum + s.refused, 0);
    if (at - this.doubledAt >= this.seconds && recent >= 3 * this.seconds) {
      this.seconds = Math.min(LONGEST_S, this.seconds * 2);
      this.doubledAt = at;
    } else if (recent < this.seconds && this.seconds > 1) this.seconds--;
  }
}
