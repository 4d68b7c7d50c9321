import { expect, test } from 'vitest';
import { negotiate, type Transform } from './negotiate.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const forms: readonly Transform[] = ['Table', 'PartialObjectMetadata'];

test.each([
  [undefined, 'application/json', 'none'],
  ['*/*', 'application/json', 'none'],
  ['application/yaml', 'application/yaml', 'none'],
  [`${TABLE},application/json`, 'application/json', 'Table'],
  ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', 'application/json', 'none'],
  ['text/html,application/yaml;q=0.5,application/json;q=0.9', 'application/json', 'none'],
])('Accept %j is answered in %s as %s', (accept, mediaType, transform) => {
  expect(negotiate(accept, forms)).toMatchObject({ mediaType, transform });
});

test.each(['text/html', 'application/json;as=Frob;v=v1;g=meta.k8s.io'])('Accept %j is refused', accept => {
  expect(() => negotiate(accept, forms)).toThrow(expect.objectContaining({ reason: 'NotAcceptable' }));
});

test('a form that the answer does not have is refused', () => {
  expect(() => negotiate(TABLE, [])).toThrow('only the following media types are accepted');
});
