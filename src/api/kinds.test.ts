import { expect, test } from 'vitest';
import { factsPath } from './define.ts';
import columns from './facts/columns.json' with { type: 'json' };
import discovery from './facts/discovery.json' with { type: 'json' };
import schemas from './facts/schemas.json' with { type: 'json' };
import { ALL_VERBS } from './kind.ts';
import { builtinKinds } from './kinds.ts';

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly singularName: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface ColumnFact {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
}

const lists = Object.entries(discovery as Record<string, { readonly resources?: readonly Resource[] }>);
const resources = lists.flatMap(([path, { resources = [] }]) =>
  resources.map(resource => ({ path: `${path}/${resource.name}`, resource })),
);
const main = resources.filter(({ resource }) => !resource.name.includes('/'));
const kindOf = (path: string) => builtinKinds.find(kind => factsPath(kind) === path);

test('every resource of the stable groups has exactly one kind, and there are no others', () => {
  expect(builtinKinds.map(factsPath).sort()).toEqual(main.map(r => r.path).sort());
});

test.each(main)('$path has the names and verbs upstream serves', ({ path, resource }) => {
  const kind = kindOf(path);
  expect(kind).toMatchObject({
    kind: resource.kind,
    singular: resource.singularName,
    namespaced: resource.namespaced,
  });
  expect(kind?.shortNames ?? []).toEqual(resource.shortNames ?? []);
  expect(kind?.categories ?? []).toEqual(resource.categories ?? []);
  expect([...(kind?.verbs ?? ALL_VERBS)].sort()).toEqual([...resource.verbs].sort());
  expect(Object.keys(schemas)).toContain(kind?.schema);
});

test.each(main)('$path has a status and a scale where upstream has', ({ path }) => {
  const subresources = resources
    .filter(r => r.path.startsWith(`${path}/`))
    .map(r => r.path.slice(path.length + 1));
  const kind = kindOf(path);
  expect(kind?.subresources?.status !== undefined).toBe(subresources.includes('status'));
  expect(kind?.subresources?.scale !== undefined).toBe(subresources.includes('scale'));
});

test.each(Object.entries(columns as Record<string, readonly ColumnFact[]>))(
  '%s shows the columns upstream shows, each described',
  (path, facts) => {
    const shown = (kindOf(path)?.columns ?? []).filter(c => !c.undeclared);
    expect(
      shown.map(({ name, type, format = '', priority = 0 }) => ({ name, type, format, priority })),
    ).toEqual(facts.map(({ name, type, format, priority }) => ({ name, type, format, priority })));
    for (const column of shown)
      if (path !== '/apis/node.k8s.io/v1/runtimeclasses')
        expect(column.description, column.name).toBeTruthy();
  },
);
