/** Where the last lines of a log begin, found from its end without reading the whole file. */
import type { FileSystem } from '../os.ts';
import { parseCriLine } from './cri-line.ts';

const BLOCK = 65_536;
const NEWLINE = 10;

/**
 * `lines`: how many there are from `offset` on; fewer than `wanted` when the file has fewer.
 * `size`: of the file when it was looked at.
 */
export async function tailOffset(
  files: FileSystem,
  path: string,
  wanted: number,
): Promise<{ readonly offset: number; readonly lines: number; readonly size: number }> {
  const handle = await files.open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (wanted <= 0) return { offset: size, lines: 0, size };
    let lines = 0;
    let end = size;
    // The bytes from `end` on that belong to a line whose start has not been seen yet.
    let rest: Buffer = Buffer.alloc(0);
    while (end > 0) {
      const start = Math.max(0, end - BLOCK);
      const block = Buffer.alloc(end - start);
      await handle.read(block, 0, block.length, start);
      const data: Buffer = Buffer.concat([block, rest]);
      let to = data.length;
      for (
        let at = data.lastIndexOf(NEWLINE, to - 1);
        ;
        at = at > 0 ? data.lastIndexOf(NEWLINE, at - 1) : -1
      ) {
        const lineStart = at + 1;
        if (at < 0 && start > 0) break;
        if (lineStart < to && countsAsLine(data.subarray(lineStart, to))) {
          lines++;
          if (lines > wanted) return { offset: start + to + 1, lines: wanted, size };
        }
        if (at < 0) return { offset: 0, lines, size };
        to = at;
      }
      rest = data.subarray(0, to);
      end = start;
      if (start === 0) break;
    }
    return { offset: 0, lines, size };
  } finally {
    await handle.close();
  }
}

/** A part of a longer line is not a line: it goes with the one that ends it. */
function countsAsLine(line: Buffer): boolean {
  const parsed = parseCriLine(line);
  return parsed !== undefined && !parsed.isPart;
}
