/** What `kubectl get` shows of RoleBindings and ClusterRoleBindings: the same. */
import type { RoleRef, Subject } from '../../generated/rbac-v1.ts';
import { age, column, name, wide } from '../columns.ts';
import type { Column } from '../kind.ts';
import type { KubeObject } from '../object.ts';

interface Binding extends KubeObject {
  roleRef: RoleRef;
  subjects?: Subject[] | null | undefined;
}

export const bindingColumns: readonly Column<Binding>[] = [
  name,
  column('Role', o => `${o.roleRef.kind}/${o.roleRef.name}`),
  age,
  wide('Users', o => subjectNames(o, 'User')),
  wide('Groups', o => subjectNames(o, 'Group')),
  wide('ServiceAccounts', o => subjectNames(o, 'ServiceAccount')),
];

/** The names of the subjects of one kind; ServiceAccounts with their namespace. */
function subjectNames({ subjects }: Binding, kind: string): string {
  return (subjects ?? [])
    .filter(subject => subject.kind === kind)
    .map(s => (kind === 'ServiceAccount' ? `${s.namespace ?? ''}/${s.name}` : s.name))
    .join(', ');
}
