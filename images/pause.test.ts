import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { isElf } from './elf.ts';
import { pauseProgram } from './pause.ts';

const runsHere = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
if (!runsHere)
  console.log(
    `the pause program is not run: it is for linux x64 and arm64, this is ${process.platform} ${process.arch}`,
  );

test('the program is a static executable of a few hundred bytes for both architectures', () => {
  for (const machine of ['amd64', 'arm64'] as const) {
    const program = pauseProgram(machine);
    expect(isElf(program)).toBe(true);
    expect(program.length).toBeLessThan(256);
  }
});

test.skipIf(!runsHere).each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it at once, with exit code 0',
  async signal => {
    const dir = mkdtempSync(join(tmpdir(), 'peapod-pause-'));
    const path = join(dir, 'pause');
    writeFileSync(path, pauseProgram(process.arch === 'x64' ? 'amd64' : 'arm64'), { mode: 0o755 });
    const child = spawn(path);
    try {
      await once(child, 'spawn');
      // Until it waits (sleeps), a signal ends it as it ends any program.
      const status = () => readFileSync(`/proc/${child.pid}/status`, 'latin1');
      await vi.waitFor(() => expect(status()).toMatch(/^Name:\tpause\n[^]*^State:\tS /m), { interval: 1 });
      // A child's end wakes it without ending it; the second signal is the one meant to.
      child.kill('SIGCHLD');
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
      rmSync(dir, { recursive: true });
    }
  },
);
