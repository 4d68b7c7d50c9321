import { expect, test } from 'vitest';
import { unstructuredProblem } from './unstructured.ts';

const DEPLOYMENT = 'io.k8s.api.apps.v1.Deployment';

test.each([
  [{ spec: [] }, 'cannot restore struct from: slice'],
  [{ spec: { replicas: '2' } }, 'unrecognized type: int32'],
  [{ spec: { replicas: 1.5 } }, 'cannot convert float64 to int32'],
  [{ spec: { paused: 1 } }, 'unrecognized type: bool'],
  [{ spec: { template: { spec: { containers: {} } } } }, 'cannot restore slice from map'],
  [{ metadata: { labels: { a: 1 } } }, 'cannot convert int64 to string'],
  [{ metadata: { labels: 'x' } }, 'cannot restore map from string'],
  [{ spec: { replicas: 2, paused: null }, unknown: 1 }, undefined],
])('the conversion of %j says %s', (value, problem) => {
  expect(unstructuredProblem(DEPLOYMENT, value)).toBe(problem);
});
