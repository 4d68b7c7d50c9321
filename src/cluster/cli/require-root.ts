import { UsageError } from './command.ts';

/** @throws UsageError where what the command does is root's alone */
export function requireRoot(command: string): void {
  if (process.platform !== 'linux')
    throw new UsageError(`${command} needs Linux, this is ${process.platform}`);
  if (process.getuid?.() !== 0) throw new UsageError(`${command} needs root: run it with sudo`);
}
