import { expect, test } from 'vitest';
import type { CertificateSigningRequest } from '../../generated/certificates-v1.ts';
import { keepDecisions, stampConditions, validateConditions } from './conditions.ts';

const csr = (...conditions: object[]) =>
  ({ metadata: {}, spec: {}, status: { conditions } }) as CertificateSigningRequest;
const approved = { type: 'Approved', status: 'True', reason: 'r' };
const denied = { type: 'Denied', status: 'True' };
const bodies = (next: CertificateSigningRequest, old: CertificateSigningRequest, decides: boolean) =>
  validateConditions(next, old, decides).map(e => `${e.field}: ${e.body}`);

test('only the approval subresource decides, and decides once', () => {
  expect(bodies(csr(approved), csr(), true)).toEqual([]);
  expect(bodies(csr(approved), csr(), false)).toEqual([
    'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
  ]);
  expect(bodies(csr(), csr(approved), true)).toEqual([
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ]);
  expect(bodies(csr(approved, denied), csr(approved), true)).toEqual([
    'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ]);
  expect(bodies(csr({ ...approved, status: 'False' }), csr(), true)).toEqual([
    'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
  ]);
});

test('a status update keeps decisions, and new conditions are stamped', () => {
  const next = csr({ ...approved, reason: 'other' }, { type: 'Failed', status: 'True' });
  keepDecisions(next, csr(approved));
  stampConditions(next, csr(approved), 0);
  const at = '1970-01-01T00:00:00Z';
  expect(next.status?.conditions).toEqual([
    { ...approved, lastUpdateTime: at, lastTransitionTime: at },
    { type: 'Failed', status: 'True', lastUpdateTime: at, lastTransitionTime: at },
  ]);
});
