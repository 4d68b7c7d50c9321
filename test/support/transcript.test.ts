import { expect, test } from 'vitest';
import { byCommand, comparable, parseScript, play, redact } from './transcript.ts';

test('a script shows its $ lines, waits for its @ lines, and stops when a wait fails', async () => {
  const script = parseScript('# about\n$ one\n@ wait\n\n$ two\n');
  const run = async (command: string) => ({ output: `${command}!\n`, code: command === 'two' ? 1 : 0 });
  expect(await play(script, run)).toBe('$ one\none!\n\n$ two\ntwo!\n[exit 1]\n');
  await expect(play(parseScript('@ wait'), async () => ({ output: 'no', code: 1 }))).rejects.toThrow(
    'Cannot go on: wait',
  );
});

test('what changes from run to run is redacted, and nothing else', () => {
  const line = (s: string) => redact(s, 'box');
  expect(line('nginx-67f9d9c97f-mb6zb   1/1  Running  0  13s  10.244.0.7  box')).toBe(
    'nginx-<hash>-<rand>   1/1  Running  0  <age>  <ip>  <node>',
  );
  expect(line('kubernetes   ClusterIP   10.96.0.1   <none>   443/TCP   45h')).toContain('443/TCP   <age>');
  expect(line('nginx   NodePort   10.104.139.148   <none>   80:31147/TCP   3m20s')).toContain(
    '80:<node-port>/TCP   <age>',
  );
  expect(line('Start Time:  Mon, 23 Nov 2026 22:13:50 +0000')).toBe('Start Time:  <date>');
  expect(line('Normal  X  4s (x5 over 17s)  c')).toBe('Normal  X  <age>  c');
  expect(line('deployment.apps/nginx scaled to 3')).toBe('deployment.apps/nginx scaled to 3');
});

test('column widths and the number of rollout steps do not count', () => {
  const a =
    'A   B\nWaiting for deployment "n" rollout to finish: 1 of 3\nWaiting for deployment "n" rollout to finish: 2 of 3\ndone';
  expect(comparable(a)).toBe('A B\nWaiting for deployment "n" rollout to finish: …\ndone');
});

test('a transcript is taken apart by command', () => {
  expect(byCommand('$ a\n1\n\n$ b\n\n$ a\n2\n').get('a')).toEqual(['1', '2']);
});
