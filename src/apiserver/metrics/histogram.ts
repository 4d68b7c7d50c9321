/** A cumulative histogram in plain numbers: what is counted with each request must cost next to nothing. */
export class Histogram {
  readonly counts: number[];
  sum = 0;
  count = 0;

  /** `bounds`: upper ones, rising; what is above the last counts towards `count` alone. */
  constructor(readonly bounds: readonly number[]) {
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count++;
    const { bounds, counts } = this;
    for (let i = 0; i < bounds.length; i++)
      if (value <= (bounds[i] as number)) {
        counts[i] = (counts[i] as number) + 1;
        return;
      }
  }
}
