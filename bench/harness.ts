/**
 * What benchmarks print: one line a figure, beside the floor measured in the same run (the bare
 * thing, without Peapod), since figures of a shared machine mean little alone. Nothing asserts.
 */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same by the bare thing, in the same unit. */
  readonly floor?: number;
  /** What the floor is: 'bare LMDB'. */
  readonly floorName?: string;
}

export interface Report {
  add(figure: Figure): void;
}

export class TableReport implements Report {
  readonly figures: Figure[] = [];
  readonly #title: string;

  constructor(title: string) {
    this.#title = title;
  }

  add(figure: Figure): void {
    this.figures.push(figure);
  }

  print(): void {
    process.stdout.write(`${this.#title}\n${this}\n`);
  }

  /** Columns: name, value, unit, floor, ratio (value ÷ floor). */
  toString(): string {
    const rows = [
      ['name', 'value', 'unit', 'floor', 'ratio'],
      ...this.figures.map(({ name, value, unit, floor, floorName }) => [
        name,
        round(value),
        unit,
        floor === undefined ? '' : `${round(floor)}${floorName ? ` ${floorName}` : ''}`,
        floor === undefined ? '' : (value / floor).toFixed(2),
      ]),
    ];
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? [];
    return `${rows
      .map(row =>
        row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')}\n`;
  }
}

/** What tools/bench.mjs gives each benchmark file.
 * @public */
export function createReport(title: string): TableReport {
  return new TableReport(title);
}

const round = (n: number) => (n >= 100 ? Math.round(n).toLocaleString('en') : n.toPrecision(3));

/** Seconds that `work` takes. */
export async function secondsOf(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Runs `work(i)` for i in [0, count), `parallel` at a time; resolves to how many were done a second. */
export async function ratePerSecond(options: {
  readonly count: number;
  readonly parallel: number;
  readonly work: (i: number) => Promise<unknown>;
}): Promise<number> {
  let next = 0;
  const seconds = await secondsOf(async () => {
    const worker = async () => {
      while (next < options.count) await options.work(next++);
    };
    await Promise.all(Array.from({ length: options.parallel }, worker));
  });
  return options.count / seconds;
}
