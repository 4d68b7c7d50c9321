/** Which lines of a component's log a client asked for. Each line is JSON with a `time`. */
import type { LogOptions } from '../../wire/streams/contract.ts';

/** @param nowMs what sinceSeconds counts from */
export function selectLogLines(text: string, options: LogOptions, nowMs: number): string {
  const { sinceSeconds, sinceTime, tailLines, limitBytes, timestamps } = options;
  const since =
    sinceTime !== undefined
      ? Date.parse(sinceTime)
      : sinceSeconds !== undefined
        ? nowMs - sinceSeconds * 1000
        : undefined;
  let lines = text.split('\n').filter(Boolean);
  if (since !== undefined) lines = lines.filter(line => Date.parse(timeOf(line) ?? '') >= since);
  // slice(-0) would be everything.
  if (tailLines !== undefined) lines = tailLines === 0 ? [] : lines.slice(-tailLines);
  if (timestamps) lines = lines.map(line => `${timeOf(line) ?? ''} ${line}`);
  const selected = lines.map(line => `${line}\n`).join('');
  return limitBytes === undefined ? selected : Buffer.from(selected).subarray(0, limitBytes).toString();
}

/** Undefined for a line that came from elsewhere than the logger. */
function timeOf(line: string): string | undefined {
  return /"time":"([^"]+)"/.exec(line)?.[1];
}
