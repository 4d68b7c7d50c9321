/** The `peapod` command as it is called, without a process of its own. */
import { main } from '../cluster/cli/main.ts';

export interface PeapodRun {
  /** The exit code. */
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export async function runPeapod(...args: readonly string[]): Promise<PeapodRun> {
  const printed = { out: '', error: '' };
  const code = await main(args, {
    out: text => (printed.out += text),
    error: text => (printed.error += text),
    isTerminal: false,
    environment: {},
  });
  return { code, ...printed };
}
