import { expect, test } from 'vitest';
import { isTolerated, tolerates } from './tolerations.ts';

const taint = { key: 'disk', value: 'slow', effect: 'NoSchedule' };

test.each([
  [{ operator: 'Exists' }, true],
  [{ key: 'disk', operator: 'Exists' }, true],
  [{ key: 'disk', operator: 'Exists', effect: 'NoExecute' }, false],
  [{ key: 'cpu', operator: 'Exists' }, false],
  [{ key: 'disk', value: 'slow' }, true],
  [{ key: 'disk', operator: '', value: 'slow' }, true],
  [{ key: 'disk', value: 'broken' }, false],
  [{ key: 'disk', operator: 'Unheard', value: 'slow' }, false],
  [{ value: 'slow' }, false],
])('%j: %s', (toleration, covered) => {
  expect(tolerates(toleration, taint)).toBe(covered);
});

test('one that covers it is enough, and none is not', () => {
  expect(isTolerated(taint, [{ key: 'cpu', operator: 'Exists' }, { operator: 'Exists' }])).toBe(true);
  expect(isTolerated(taint, [])).toBe(false);
});
