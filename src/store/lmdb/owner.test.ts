import { expect, test } from 'vitest';
import { isRunning, type ReadProc, thisProcess } from './owner.ts';

const proc =
  (boot: string, stats: Record<number, string>): ReadProc =>
  path => {
    if (path === '/proc/sys/kernel/random/boot_id') return `${boot}\n`;
    const started = stats[Number(path.split('/')[2])];
    return started && `7 (a (strange) name) ${started}`;
  };
/** Fields 3 to 22 of /proc/<pid>/stat. */
const stat = (started: number, state = 'S') => `${state}${' 0'.repeat(18)} ${started} 0 0`;
const there = () => true;
const boot = 'boot-1';

test('this very process is running', () => {
  expect(isRunning(thisProcess())).toBe(true);
});

test('the owner is the process that started then, not one that got its number later', () => {
  const owner = thisProcess(proc(boot, { 42: stat(100) }), 42);
  expect(owner).toEqual({ pid: 42, started: '100', boot });
  expect(isRunning(owner, proc(boot, { 42: stat(100) }), there)).toBe(true);
  expect(isRunning(owner, proc(boot, { 42: stat(200) }), there)).toBe(false);
});

test('an owner that ended, is a zombie, or ran before the last boot does not run', () => {
  const owner = thisProcess(proc(boot, { 42: stat(100) }), 42);
  expect(isRunning(owner, proc(boot, {}), () => false)).toBe(false);
  expect(isRunning(owner, proc(boot, { 42: stat(100, 'Z') }), there)).toBe(false);
  expect(isRunning(owner, proc('boot-2', { 42: stat(100) }), there)).toBe(false);
});

test('where there is no /proc, a process of that number is taken for the owner', () => {
  const owner = thisProcess(() => undefined, 42);
  expect(isRunning(owner, () => undefined, there)).toBe(true);
  expect(
    isRunning(
      owner,
      () => undefined,
      () => false,
    ),
  ).toBe(false);
});
