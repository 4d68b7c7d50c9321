/**
 * One line of a CRI log: `2026-01-31T12:00:00.000000000Z stdout F text`. The tag P marks a part
 * of a longer line that goes on in the next one, F its end (or a whole line).
 */
export interface LogLine {
  /** As written by the runtime: RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** With the line's end, unless it is a part. */
  readonly content: Buffer;
  readonly isPart: boolean;
}

const SPACE = 0x20;
const NEWLINE = Buffer.from('\n');

/** `line` is without its end. Undefined for what is not a log line. */
export function parseCriLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(SPACE);
  const second = line.indexOf(SPACE, first + 1);
  const third = line.indexOf(SPACE, second + 1);
  if (first < 0 || second < 0) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  // An empty line may end with its tag.
  const tags = line.toString('latin1', second + 1, third < 0 ? line.length : third);
  const isPart = tags.split(':')[0] === 'P';
  const content = third < 0 ? Buffer.alloc(0) : line.subarray(third + 1);
  return {
    time: line.toString('latin1', 0, first),
    stream,
    content: isPart ? content : Buffer.concat([content, NEWLINE]),
    isPart,
  };
}
