/**
 * Every resource the server serves. Built-in kinds are there from the start; definitions made at
 * run time (CustomResourceDefinitions) are added and removed.
 */
import type { KindDefinition } from '../../api/kind.ts';
import { apiVersionOf } from '../../api/object.ts';
import { Resource } from './resource.ts';

export class ResourceRegistry {
  private readonly byPath = new Map<string, Resource>();
  private readonly byKind = new Map<string, Resource>();
  private readonly redefinitions = new Map<string, Set<() => void>>();
  private listed: readonly Resource[] | undefined;

  constructor(definitions: readonly KindDefinition[]) {
    for (const definition of definitions) this.add(definition, definitions);
  }

  /** @throws Error when the storage definition of a converting kind is missing */
  add(definition: KindDefinition, among: readonly KindDefinition[] = [definition]): void {
    const resource = new Resource(definition, storageOf(definition, among));
    this.byPath.set(pathKey(definition.group, definition.version, definition.plural), resource);
    this.byKind.set(`${resource.apiVersion}/${definition.kind}`, resource);
    this.listed = undefined;
  }

  /** What was added under that name; nothing when there is none. */
  remove({
    group,
    version,
    plural,
    kind,
  }: Pick<KindDefinition, 'group' | 'version' | 'plural' | 'kind'>): void {
    this.byPath.delete(pathKey(group, version, plural));
    this.byKind.delete(`${apiVersionOf({ group, version })}/${kind}`);
    this.listed = undefined;
  }

  /**
   * Calls back when another definition, or none, takes the resource's place: what was begun under
   * the old one ends then.
   * @returns forgets the callback
   */
  onRedefined({ definition }: Resource, callback: () => void): () => void {
    const key = keyOf(definition);
    const callbacks = this.redefinitions.get(key) ?? new Set();
    this.redefinitions.set(key, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0 && this.redefinitions.get(key) === callbacks) this.redefinitions.delete(key);
    };
  }

  /** Tells those who wait for it. Being added and removed alone says nothing: a status may have changed. */
  redefined(definition: Pick<KindDefinition, 'group' | 'version' | 'plural'>): void {
    const key = keyOf(definition);
    const callbacks = this.redefinitions.get(key);
    this.redefinitions.delete(key);
    for (const callback of callbacks ?? []) callback();
  }

  lookup(group: string, version: string, plural: string): Resource | undefined {
    return this.byPath.get(pathKey(group, version, plural));
  }

  lookupKind(apiVersion: string, kind: string): Resource | undefined {
    return this.byKind.get(`${apiVersion}/${kind}`);
  }

  hasGroup(group: string): boolean {
    return this.all().some(r => r.definition.group === group);
  }

  /** All kinds of the group were made at run time. */
  isCustomGroup(group: string): boolean {
    const own = this.all().filter(r => r.definition.group === group);
    return own.length > 0 && own.every(r => r.definition.custom !== undefined);
  }

  hasVersion(group: string, version: string): boolean {
    return this.all().some(r => r.definition.group === group && r.definition.version === version);
  }

  all(): readonly Resource[] {
    this.listed ??= [...this.byPath.values()];
    return this.listed;
  }
}

const keyOf = ({ group, version, plural }: Pick<KindDefinition, 'group' | 'version' | 'plural'>) =>
  pathKey(group, version, plural);

const pathKey = (group: string, version: string, plural: string) => `${group}/${version}/${plural}`;

function storageOf(definition: KindDefinition, among: readonly KindDefinition[]): KindDefinition {
  const wanted = definition.storage?.apiVersion;
  if (wanted === undefined || wanted === apiVersionOf(definition)) return definition;
  const found = among.find(d => apiVersionOf(d) === wanted && d.kind === definition.kind);
  if (!found) throw new Error(`Cannot serve ${definition.kind}: its storage ${wanted} is not registered`);
  return found;
}
