/**
 * Processes that outlive the one that started them. A pid alone may be reused by another program,
 * so a process is known by its pid and the time it started, and that pair is what is written down.
 */
import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { type Clock, sleep } from '../../base/clock.ts';
import { startTicks } from '../../base/proc-stat.ts';

export interface ProcessId {
  readonly pid: number;
  readonly startTicks: number;
}

/** Undefined when there is no such process, or only its zombie. */
function identifyProcess(pid: number): ProcessId | undefined {
  try {
    const ticks = startTicks(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return ticks === undefined ? undefined : { pid, startTicks: ticks };
  } catch {
    return undefined;
  }
}

export function isRunning(id: ProcessId): boolean {
  return identifyProcess(id.pid)?.startTicks === id.startTicks;
}

export async function writePidFile(path: string, pid: number): Promise<void> {
  const id = identifyProcess(pid);
  if (id) await writeFile(path, JSON.stringify(id));
}

/** The process a file names, if it still runs. */
export async function readPidFile(path: string): Promise<ProcessId | undefined> {
  try {
    const id = JSON.parse(await readFile(path, 'utf8')) as ProcessId;
    return isRunning(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

export interface StopOptions {
  readonly clock: Clock;
  /** How long to wait after TERM before KILL, in milliseconds. */
  readonly graceMs: number;
}

/** TERM, then KILL; resolves when the process is gone. It need not be our child. */
export async function stopProcess(id: ProcessId, { clock, graceMs }: StopOptions): Promise<void> {
  const killAt = clock.monotonic() + graceMs;
  signal(id, 'SIGTERM');
  for (let killed = false; isRunning(id); ) {
    if (!killed && clock.monotonic() >= killAt) killed = signal(id, 'SIGKILL');
    // Nothing tells when a process that is not our child ends.
    await sleep(clock, 20);
  }
}

function signal(id: ProcessId, name: NodeJS.Signals): boolean {
  if (!isRunning(id)) return false;
  try {
    return process.kill(id.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

export async function removePidFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
