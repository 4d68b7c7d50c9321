/**
 * What of a log the client asked for: since a time, one stream, with timestamps, at most so many
 * bytes. Pure; lines go in, bytes come out.
 */
import type { LogOptions } from '../../wire/streams/contract.ts';
import { type LogLine, parseCriLine } from './cri-line.ts';

export interface LineFilter {
  /** The bytes the client gets for a raw line (without its end); undefined: none. */
  take(line: Buffer): Buffer | undefined;
  /** limitBytes has been reached. */
  readonly isFull: boolean;
}

/** @param nowMs what sinceSeconds counts from */
export function lineFilter(options: LogOptions, nowMs: number): LineFilter {
  const sinceMs = since(options, nowMs);
  const wanted = options.stream && options.stream !== 'All' ? options.stream.toLowerCase() : undefined;
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  // A timestamp is written once a line, however many parts it has.
  const midLine = { stdout: false, stderr: false };
  return {
    get isFull() {
      return left <= 0;
    },
    take(raw) {
      const line = parseCriLine(raw);
      if (!line) return undefined;
      if (wanted !== undefined && line.stream !== wanted) return undefined;
      if (sinceMs !== undefined && Date.parse(line.time) < sinceMs) return undefined;
      const continues = midLine[line.stream];
      midLine[line.stream] = line.isPart;
      const bytes = options.timestamps && !continues ? withTime(line) : line.content;
      if (left <= 0) return undefined;
      const cut = bytes.length > left ? bytes.subarray(0, left) : bytes;
      left -= cut.length;
      return cut;
    },
  };
}

const withTime = (line: LogLine) => Buffer.concat([Buffer.from(`${line.time} `), line.content]);

function since({ sinceSeconds, sinceTime }: LogOptions, nowMs: number): number | undefined {
  if (sinceSeconds !== undefined) return nowMs - sinceSeconds * 1000;
  return sinceTime === undefined ? undefined : Date.parse(sinceTime);
}
