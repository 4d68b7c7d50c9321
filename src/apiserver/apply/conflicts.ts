/** How conflicts of an apply are told: upstream's message and causes. */
import { StatusError } from '../../api/status-error.ts';
import { parseIdentifier } from './managed-fields.ts';
import type { ConflictsError } from './managers.ts';
import { showPath } from './typed/path-element.ts';

export function conflictStatus(error: ConflictsError): StatusError {
  const conflicts = error.conflicts.map(({ manager, path }) => ({
    manager: showManager(manager),
    field: showPath(path),
    id: manager,
  }));
  return new StatusError({
    reason: 'Conflict',
    message: `Apply failed with ${summary(conflicts)}`,
    details: {
      causes: conflicts.map(({ manager, field }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${manager}`,
        field,
      })),
    },
    cause: error,
  });
}

function summary(conflicts: readonly { manager: string; field: string; id: string }[]): string {
  const [only] = conflicts;
  if (only && conflicts.length === 1) return `1 conflict: conflict with ${only.manager}: ${only.field}`;
  const byManager = new Map<string, { manager: string; fields: string[] }>();
  for (const { manager, field, id } of conflicts) {
    const known = byManager.get(id);
    if (known) known.fields.push(`- ${field}`);
    else byManager.set(id, { manager, fields: [`- ${field}`] });
  }
  const lines = [...byManager]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { manager, fields }]) => [`conflicts with ${manager}:`, ...fields]);
  return `${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** `"m1"`, `"m1" with subresource "status"`, `"m2" using v1`. */
function showManager(identifier: string): string {
  const { manager, operation, apiVersion, subresource } = parseIdentifier(identifier);
  const name =
    JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
