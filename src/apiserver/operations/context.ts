/** Options that writes share, and the strategy context that a kind's functions are given. */
import type { StrategyContext } from '../../api/kind.ts';
import type { Caller, ServerCore } from '../core.ts';

export interface WriteOptions {
  readonly caller: Caller;
  /** All stages, but nothing is stored. */
  readonly dryRun?: boolean;
  /** '' or absent for the main resource. */
  readonly subresource?: string;
  /** Under whose name managedFields keep what is changed. Absent: `unknown`. */
  readonly manager?: string;
  /** The object comes with its managedFields already kept: by server-side apply. Absent: false. */
  readonly keepsManagedFields?: boolean;
  /** One of a collection that is deleted: admission is not told its name. Absent: false. */
  readonly ofCollection?: boolean;
}

export function strategyContext(core: ServerCore, caller: Caller, subresource = ''): StrategyContext {
  const { clock, random } = core;
  const context = { clock, random, warn: (text: string) => caller.warn(text) };
  return subresource === '' ? context : { ...context, subresource };
}
