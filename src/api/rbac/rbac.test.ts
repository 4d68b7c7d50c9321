import { expect, test } from 'vitest';
import type { StrategyContext } from '../kind.ts';
import { clusterRoleBinding } from './cluster-role-binding.ts';
import { roleBinding } from './role-binding.ts';

const bind = (kind: string) =>
  ({ metadata: { name: 'b' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'r' } }) as never;

test.each([roleBinding, clusterRoleBinding])(
  'what is wrong with a $kind is said before what changed',
  kind => {
    const errors = kind.validateUpdate?.(bind('X'), bind('ClusterRole'), {} as StrategyContext);
    expect(errors?.map(e => e.field)).toEqual(['roleRef.kind', 'roleRef']);
  },
);
