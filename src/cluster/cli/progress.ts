/**
 * Shows what long work is at: tasks that spin on a terminal (listr2), one plain line a step
 * elsewhere, nothing with --json.
 */
import type { CommandIo } from './command.ts';

export interface Step {
  readonly title: string;
  /** @param tell replaces what is shown beside the title */
  run(tell: (text: string) => void): Promise<void>;
}

/**
 * Runs them one after the other and stops at the first that fails, with its error.
 * @param quiet nothing is printed (for --json)
 */
export async function runSteps(steps: readonly Step[], io: CommandIo, quiet: boolean): Promise<void> {
  if (quiet || !io.isTerminal) {
    for (const { title, run } of steps) {
      if (!quiet) io.out(`${title}\n`);
      await run(text => {
        if (!quiet) io.out(`  ${text}\n`);
      });
    }
    return;
  }
  const { Listr } = await import('listr2');
  const tasks = steps.map(({ title, run }) => ({
    title,
    task: (_: unknown, task: { title: string }) =>
      run(text => {
        task.title = `${title}: ${text}`;
      }).then(() => {
        task.title = title;
      }),
  }));
  await new Listr(tasks, { concurrent: false, registerSignalListeners: false }).run();
}
