/**
 * How many seats a priority level wants over time: in use and waited for. Average, deviation and
 * maximum of a period, and the smoothed figure that borrowing goes by (KEP-1040: an envelope that
 * rises at once and falls by half in five minutes).
 */

/** Of the old figure, a period; with periods of ten seconds, half is left after five minutes. */
const KEPT_EACH_PERIOD = 0.977;

export class SeatDemand {
  average = 0;
  deviation = 0;
  highWatermark = 0;
  smoothed = 0;

  private value = 0;
  private sinceMs: number;
  private periodMs = 0;
  private sum = 0;
  private sumOfSquares = 0;
  private max = 0;

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
  }

  set(value: number, nowMs: number): void {
    this.integrate(nowMs);
    this.value = value;
    if (value > this.max) this.max = value;
  }

  /** Ends the period. `periods`: how many have gone by since the last call; in all but one nothing was wanted. */
  endPeriod(nowMs: number, periods = 1): void {
    this.integrate(nowMs);
    this.highWatermark = this.max;
    if (this.periodMs > 0) {
      this.average = this.sum / this.periodMs;
      const variance = this.sumOfSquares / this.periodMs - this.average ** 2;
      this.deviation = Math.sqrt(Math.max(0, variance));
      const envelope = this.average + this.deviation;
      const kept = KEPT_EACH_PERIOD ** Math.max(1, periods);
      this.smoothed = Math.max(envelope, kept * this.smoothed + (1 - kept) * envelope);
    }
    this.periodMs = 0;
    this.sum = 0;
    this.sumOfSquares = 0;
    this.max = this.value;
  }

  private integrate(nowMs: number): void {
    const ms = nowMs - this.sinceMs;
    this.sinceMs = nowMs;
    if (ms <= 0) return;
    this.periodMs += ms;
    this.sum += ms * this.value;
    this.sumOfSquares += ms * this.value ** 2;
  }
}
