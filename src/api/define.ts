/**
 * Makes a kind's definition ready for the list in kinds.ts: its columns get the descriptions of
 * facts/column-descriptions.json, and its type parameter goes, as handlers know no kind.
 */
import descriptions from './facts/column-descriptions.json' with { type: 'json' };
import type { KindDefinition } from './kind.ts';
import type { KubeObject } from './object.ts';

const byPath: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> = descriptions;

/** Keyed as facts/columns.json: /api/v1/pods, /apis/apps/v1/deployments. */
export function factsPath(kind: Pick<KindDefinition, 'group' | 'version' | 'plural'>): string {
  const prefix = kind.group === '' ? '/api' : `/apis/${kind.group}`;
  return `${prefix}/${kind.version}/${kind.plural}`;
}

/**
 * Every function of a definition is only ever called with objects of its own kind: the handler
 * looks the definition up by the kind it decoded. That makes the one cast below sound.
 */
export function defineKind<T extends KubeObject>(definition: KindDefinition<T>): KindDefinition {
  const own = byPath[factsPath(definition as unknown as KindDefinition)];
  const columns = definition.columns?.map(column => {
    const description = own?.[column.name] ?? byPath.common?.[column.name];
    return description === undefined ? column : { ...column, description };
  });
  return { ...definition, ...(columns ? { columns } : {}) } as unknown as KindDefinition;
}
