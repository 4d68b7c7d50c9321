import { expect, test } from 'vitest';
import { toImageFileSystem, toLayerUsage } from './decode.ts';

test('what the runtime has not measured yet is no number', () => {
  const usage = (bytes: number, inodes: number) => ({
    timestamp: 5e9,
    fsId: { mountpoint: '/images' },
    usedBytes: { value: bytes },
    inodesUsed: { value: inodes },
  });
  const attributes = { id: 'c' };
  expect(toLayerUsage({ attributes, writableLayer: usage(0, 0) })).toEqual([]);
  expect(toLayerUsage({ attributes, writableLayer: null })).toEqual([]);
  expect(toLayerUsage({ attributes, writableLayer: usage(0, 2) })).toEqual([
    ['c', { timeMs: 5000, usedBytes: 0, inodesUsed: 2 }],
  ]);
  expect(toImageFileSystem(undefined)).toBeUndefined();
  expect(toImageFileSystem(usage(0, 0))).toBeUndefined();
  expect(toImageFileSystem(usage(9, 1))).toEqual({ mountpoint: '/images', timeMs: 5000, usedBytes: 9 });
});
