/** What an update of the main resource or of a subresource may touch, taken from the kind. */
import type { KindDefinition, StrategyContext } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { clone } from './clone.ts';

/** Carries over from `old` what this update may not touch. Changes `next`. */
export type PrepareUpdate = (next: KubeObject, old: KubeObject, context: StrategyContext) => void;

export function prepareFor(definition: KindDefinition, subresource: string): PrepareUpdate {
  if (subresource === 'status') return definition.subresources?.status?.prepareForUpdate ?? keepAllButStatus;
  return definition.prepareForUpdate ?? keepStatus(definition);
}

/** Where the status is a subresource, the main resource leaves it alone (API conventions). */
function keepStatus(definition: KindDefinition): PrepareUpdate {
  if (!definition.subresources?.status) return () => {};
  return (next, old) => {
    const [to, from] = [next as WithStatus, old as WithStatus];
    if (from.status === undefined) delete to.status;
    else to.status = clone(from.status);
  };
}

/** A status update changes status and metadata, nothing else. */
function keepAllButStatus(next: KubeObject, old: KubeObject): void {
  const target = next as unknown as Record<string, unknown>;
  const source = old as unknown as Record<string, unknown>;
  for (const field of Object.keys(target))
    if (field !== 'metadata' && field !== 'status' && !(field in source)) delete target[field];
  for (const [field, value] of Object.entries(source))
    if (field !== 'metadata' && field !== 'status') target[field] = clone(value);
}

type WithStatus = KubeObject & { status?: unknown };
