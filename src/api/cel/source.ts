/** Errors of an expression, and how cel-go prints them: with the line, and a caret below it. */

export interface CelIssue {
  /** Offset in UTF-16 units; -1 when the expression is empty. */
  readonly at: number;
  readonly message: string;
}

/** Ends parsing or checking. */
export class CelError extends Error {
  override readonly name = 'CelError';
  constructor(readonly issue: CelIssue) {
    super(issue.message);
  }
}

/** `ERROR: <input>:1:4: …`, then the line and a caret. */
export function formatIssues(source: string, issues: readonly CelIssue[]): string {
  const sorted = [...issues].sort((a, b) => a.at - b.at);
  return sorted.map(issue => formatIssue(source, issue)).join('\n');
}

function formatIssue(source: string, { at, message }: CelIssue): string {
  if (at < 0) return `ERROR: <input>:1:0: ${message}`;
  const before = source.slice(0, at).split('\n');
  const column = Array.from(before.at(-1) ?? '').length;
  const line = source.split('\n')[before.length - 1] ?? '';
  return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`;
}
