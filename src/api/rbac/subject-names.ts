import type { Subject } from '../../generated/rbac-v1.ts';

/** The names of a binding's subjects of one kind; ServiceAccounts with their namespace. */
export function subjectNames(subjects: readonly Subject[] | undefined, kind: string): string {
  return (subjects ?? [])
    .filter(subject => subject.kind === kind)
    .map(s => (kind === 'ServiceAccount' ? `${s.namespace ?? ''}/${s.name}` : s.name))
    .join(', ');
}
