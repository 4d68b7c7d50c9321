/** Carries out the steps of host-plan.ts, one after another; the first failure ends it. */
import type { Logger } from '../base/log.ts';
import { CommandError, type CommandRunner } from '../base/run-command.ts';
import type { HostStep } from './host-plan.ts';
import { sysctlPath } from './host-state.ts';

/** @throws CommandError, with the step's purpose in its message */
export async function applySteps(
  steps: readonly HostStep[],
  { commands, log }: { readonly commands: CommandRunner; readonly log: Logger },
): Promise<void> {
  for (const step of steps) {
    const [command, input] = commandOf(step);
    log.debug('network step', { why: step.why, command: command.join(' ') });
    try {
      await commands.run(command, input === undefined ? {} : { input });
    } catch (cause) {
      const reason = cause instanceof CommandError ? cause.message : String(cause);
      throw new Error(`Cannot set up the network (${step.why}): ${reason}`, { cause });
    }
  }
}

function commandOf(step: HostStep): readonly [command: readonly string[], input?: string] {
  switch (step.kind) {
    case 'run':
      return [step.command];
    case 'sysctl':
      return [['tee', sysctlPath(step.name)], step.value];
    case 'nft':
      return [['nft', '-f', '-'], step.text];
  }
}
