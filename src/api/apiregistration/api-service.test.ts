import { expect, test } from 'vitest';
import type { StrategyContext } from '../kind.ts';
import { apiService } from './api-service.ts';

const validate = (name: string, port: number) =>
  apiService
    .validate?.(
      {
        metadata: { name },
        spec: {
          group: 'g.example.com',
          version: 'v1',
          groupPriorityMinimum: 10,
          versionPriority: 10,
          service: { namespace: 'n', name: 's', port },
          caBundle: 'eA==',
        },
      } as never,
      {} as StrategyContext,
    )
    .map(e => `${e.field}: ${e.body}`);

test('a service is named by version and group, and reached at a port', () => {
  expect(validate('v1.g.example.com', 443)).toEqual([]);
  expect(validate('a/b', 443)).toEqual([]);
  expect(validate('other', 0)).toEqual([
    'metadata.name: Invalid value: "other": must be `spec.version+"."+spec.group`: "v1.g.example.com"',
    'spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
  ]);
});
