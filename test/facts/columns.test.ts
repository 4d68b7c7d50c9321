/** The columns of tables, as `kubectl get` and `-o wide` ask for them, against upstream's (facts/columns.json). */
import { expect, test } from 'vitest';
import { call } from '../../src/testing/api-requests.ts';
import { startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { differences, facts, knownDifferences, sorted } from './differences.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly priority: number;
  readonly description: string;
}
type Texts = Readonly<Record<string, string>>;

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

test('every list as a table has upstream’s columns: names, types, formats, priorities and texts', async () => {
  await using cluster = await startInProcessCluster();
  const upstream = facts<Readonly<Record<string, readonly Omit<Column, 'description'>[]>>>('columns.json');
  const texts = facts<Readonly<Record<string, Texts>>>('column-descriptions.json');
  const found: string[] = [];
  for (const [path, columns] of Object.entries(upstream)) {
    const { json, status } = await call(cluster.server, 'GET', path, { headers: { accept: TABLE } });
    const shown =
      status === 200 ? (json as unknown as { columnDefinitions: Column[] }).columnDefinitions : [];
    // RuntimeClass' column has no text; the name's and the age's are everywhere the same.
    const expected = columns.map(column => ({
      ...column,
      description: texts[path]?.[column.name] ?? texts['common']?.[column.name] ?? '',
    }));
    for (const difference of differences(shown, expected)) found.push(`${path} ${difference}`);
  }
  expect(sorted(found)).toEqual(knownDifferences('columns'));
});
