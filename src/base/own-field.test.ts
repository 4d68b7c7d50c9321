import { expect, test } from 'vitest';
import { ownField, setOwnField } from './own-field.ts';

test.each(['__proto__', 'constructor', 'toString', 'a'])('%s is a field like any other', key => {
  const object = {};
  expect(ownField(object, key)).toBeUndefined();
  setOwnField(object, key, { polluted: true });
  expect(Object.keys(object)).toEqual([key]);
  expect(ownField(object, key)).toEqual({ polluted: true });
  expect(ownField({}, 'polluted')).toBeUndefined();
  expect('polluted' in object).toBe(false);
});
