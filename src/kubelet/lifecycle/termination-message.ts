/** What a container leaves as its last words: the file at terminationMessagePath, or its log's end. */
import { join } from 'node:path';
import type { ContainerStatus } from '../cri/contract.ts';
import type { Directories } from '../directories.ts';
import { parseCriLine } from '../logs/cri-line.ts';
import { type FileSystem, isMissing } from '../os.ts';
import * as labels from '../pods/labels.ts';
import { terminationMessageFile } from '../volumes/mounts.ts';

/** Bytes of the file, and bytes and lines of the log, that are kept (upstream's limits). */
const MAX_MESSAGE = 4096;
const MAX_LOG_BYTES = 2048;
const MAX_LOG_LINES = 80;

/**
 * What an ended container left to say: from its file, or its log when the policy says so; at most 4
 * KiB.
 */
export async function terminationMessage(
  files: FileSystem,
  dirs: Directories,
  uid: string,
  status: ContainerStatus,
): Promise<string> {
  const name = status.labels[labels.CONTAINER_NAME] ?? '';
  const restartCount = Number(status.annotations[labels.RESTART_COUNT] ?? 0);
  if (status.annotations[labels.TERMINATION_MESSAGE_PATH]) {
    const file = terminationMessageFile(dirs, uid, name, restartCount);
    const text = (await readEnd(files, file, 0, MAX_MESSAGE)).toString();
    if (text) return text;
  }
  const fallback = status.annotations[labels.TERMINATION_MESSAGE_POLICY] === 'FallbackToLogsOnError';
  if (!fallback || status.exitCode === 0 || !status.logPath) return '';
  return logEnd(files, status.logPath);
}

async function logEnd(files: FileSystem, path: string): Promise<string> {
  // CRI adds a prefix of about 45 bytes a line.
  const raw = await readEnd(files, path, -1, MAX_LOG_BYTES + MAX_LOG_LINES * 64);
  const lines = raw
    .toString('latin1')
    .split('\n')
    .flatMap(line => {
      const parsed = parseCriLine(Buffer.from(line, 'latin1'));
      return parsed ? [parsed.content] : [];
    });
  return Buffer.concat(lines.slice(-MAX_LOG_LINES)).subarray(-MAX_LOG_BYTES).toString();
}

/** Up to `length` bytes from the start (0) or before the end (-1); empty when there is no file. */
async function readEnd(files: FileSystem, path: string, from: 0 | -1, length: number): Promise<Buffer> {
  try {
    const handle = await files.open(path, 'r');
    try {
      const { size } = await handle.stat();
      const count = Math.min(size, length);
      const buffer = Buffer.alloc(count);
      await handle.read(buffer, 0, count, from === 0 ? 0 : size - count);
      return buffer;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}

export const containerLogFile = (logDirectory: string, container: string, restartCount: number): string =>
  join(logDirectory, container, `${restartCount}.log`);
