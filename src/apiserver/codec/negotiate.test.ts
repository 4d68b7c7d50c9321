import fc from 'fast-check';
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
  ['*/*,application/yaml', 'application/yaml', 'none'],
  ['application/*,application/yaml', 'application/yaml', 'none'],
  ['APPLICATION/YAML,*/*', 'application/json', 'none'],
  ['application/json;q=x,application/yaml;q=0.1', 'application/yaml', 'none'],
  ['application/yaml;stream=watch,application/json;stream=watch', 'application/json', 'none'],
  ['application/yaml;sv=v2,application/json;sv=v1', 'application/json', 'none'],
  [`*/*;as=Table;v=v1;g=meta.k8s.io`, 'application/json', 'Table'],
])('Accept %j is answered in %s as %s', (accept, mediaType, transform) => {
  expect(negotiate(accept, forms)).toMatchObject({ mediaType, transform });
});

test.each(['text/html', 'application/json;as=Frob;v=v1;g=meta.k8s.io'])('Accept %j is refused', accept => {
  expect(() => negotiate(accept, forms)).toThrow(expect.objectContaining({ reason: 'NotAcceptable' }));
});

test.each(['application/*', 'APPLICATION/JSON', ',', 'application/jso', 'application', '*'])(
  "upstream's router refuses %j",
  accept => {
    expect(() => negotiate(accept, forms)).toThrow('406: Not Acceptable\n\nAvailable representations');
  },
);

test.each(['application/json;stream=frob', 'application/json;sv=v2', 'application/json;v=v1'])(
  'its handler refuses %j',
  accept => {
    expect(() => negotiate(accept, forms)).toThrow('only the following media types are accepted');
  },
);

test('whatever Accept says, an answer has a form or is 406', () => {
  const clause = fc.tuple(
    fc.constantFrom('*/*', '*', 'application/*', 'application/json', 'application/yaml', 'text/html', ''),
    fc.array(fc.constantFrom(';q=0.5', ';q=', ';as=Table', ';g=meta.k8s.io', ';v=v1', ';stream=watch', ';=')),
  );
  fc.assert(
    fc.property(fc.array(clause), clauses => {
      const accept = clauses.map(([type, parameters]) => type + parameters.join('')).join(',');
      try {
        expect(negotiate(accept, forms).mediaType).toMatch(/^application\/(json|yaml)$/);
      } catch (error) {
        expect(error).toMatchObject({ code: 406 });
      }
    }),
  );
});

test('a form that the answer does not have is refused', () => {
  expect(() => negotiate(TABLE, [])).toThrow('only the following media types are accepted');
});
