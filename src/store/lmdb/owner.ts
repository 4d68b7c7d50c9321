/**
 * Who has the store open. Two Peapods on one store would each assign revisions; so the one that
 * opens it writes its name into the store, inside LMDB's own write transaction: that is a lock
 * between processes which the kernel lets go when its holder dies, so two takers cannot both win
 * and nothing is left behind by kill -9.
 *
 * It is the second question. Who has the store open is asked over its socket first (beside.ts), so that
 * the files of a store in use are not touched.
 *
 * Refused alternative: a lock file beside the store. Taking over a stale one is a race without
 * an OS lock, and Node has none.
 */
import { readFileSync } from 'node:fs';
import { startTicks } from '../../base/proc-stat.ts';

export interface Owner {
  readonly pid: number;
  /** When the process started, as the kernel counts; '' where that cannot be told. Tells a reused pid. */
  readonly started: string;
  /** Tells processes from before the last boot of the machine. */
  readonly boot: string;
}

/** Reads a file of /proc; undefined where there is none (the process is gone, or not Linux). */
export type ReadProc = (path: string) => string | undefined;

const readProc: ReadProc = path => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

export function thisProcess(read: ReadProc = readProc, pid = process.pid): Owner {
  return { pid, started: startOf(pid, read), boot: bootOf(read) };
}

/** Whether `owner` is a process that still runs. */
export function isRunning(owner: Owner, read: ReadProc = readProc, probe = probePid): boolean {
  if (owner.boot !== bootOf(read)) return false;
  if (!probe(owner.pid)) return false;
  return owner.started === '' || startOf(owner.pid, read) === owner.started;
}

function bootOf(read: ReadProc): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function startOf(pid: number, read: ReadProc): string {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? '' : String(startTicks(stat) ?? 'ended');
}

function probePid(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
