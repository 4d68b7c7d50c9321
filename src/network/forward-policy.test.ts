import { expect, test } from 'vitest';
import { planForwardAccept, planForwardRemoval } from './forward-policy.ts';

const saved = (policy: string, ...rules: string[]) =>
  [
    '*nat',
    ':OUTPUT ACCEPT [0:0]',
    'COMMIT',
    '*filter',
    `:FORWARD ${policy} [0:0]`,
    ...rules,
    'COMMIT',
    '',
  ].join('\n');
const ours = (way: string) => `-A FORWARD ${way} cni-lab -m comment --comment "peapod pods" -j ACCEPT`;

test('a machine that drops what it forwards lets the bridge through, once', () => {
  expect(planForwardAccept(saved('DROP', '-A FORWARD -j DOCKER-USER'), 'cni-lab')).toBe(
    [
      '*filter',
      '-I FORWARD -i cni-lab -m comment --comment "peapod pods" -j ACCEPT',
      '-I FORWARD -o cni-lab -m comment --comment "peapod pods" -j ACCEPT',
      'COMMIT',
      '',
    ].join('\n'),
  );
  expect(planForwardAccept(saved('DROP', ours('-i'), ours('-o')), 'cni-lab')).toBe('');
});

test('a machine that forwards, or has no iptables rules, is left alone', () => {
  expect(planForwardAccept(saved('ACCEPT'), 'cni-lab')).toBe('');
  expect(planForwardAccept('', 'cni-lab')).toBe('');
});

test('removal takes exactly what was added', () => {
  const text = saved(
    'DROP',
    ours('-i'),
    '-A FORWARD -i cni-lab -j ACCEPT',
    ours('-o').replace('cni-lab', 'cni-lab2'),
  );
  expect(planForwardRemoval(text, 'cni-lab')).toBe(
    '*filter\n-D FORWARD -i cni-lab -m comment --comment "peapod pods" -j ACCEPT\nCOMMIT\n',
  );
  expect(planForwardRemoval(saved('DROP'), 'cni-lab')).toBe('');
});
