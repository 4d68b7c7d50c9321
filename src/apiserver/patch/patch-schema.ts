/**
 * What strategic merge patch needs to know of a type: which lists merge by which key, which
 * fields keep only named keys. Read from the schemas' x-kubernetes-patch-* marks.
 */
import { readFileSync } from 'node:fs';

interface RawSchema {
  readonly $ref?: string;
  readonly allOf?: readonly RawSchema[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly items?: RawSchema;
  readonly additionalProperties?: RawSchema;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
}

export interface FieldRule {
  readonly merge: boolean;
  readonly replace: boolean;
  readonly retainKeys: boolean;
  readonly mergeKey: string | undefined;
  /** The type of the value, or of a list's items. */
  readonly inner: PatchSchema;
}

let loaded: Readonly<Record<string, RawSchema>> | undefined;

function schemas(): Readonly<Record<string, RawSchema>> {
  loaded ??= JSON.parse(
    readFileSync(new URL('../../api/facts/schemas.json', import.meta.url), 'utf8'),
  ) as Readonly<Record<string, RawSchema>>;
  return loaded;
}

export class PatchSchema {
  private constructor(private readonly raw: RawSchema | undefined) {}

  /** `id` as in facts/schemas.json; unknown types have no rules: lists replace, maps merge. */
  static of(id: string): PatchSchema {
    return new PatchSchema(schemas()[id]);
  }

  field(name: string): FieldRule {
    const raw = this.raw?.properties?.[name] ?? this.raw?.additionalProperties;
    const strategies = (raw?.['x-kubernetes-patch-strategy'] ?? '').split(',');
    return {
      merge: strategies.includes('merge'),
      replace: strategies.includes('replace'),
      retainKeys: strategies.includes('retainKeys'),
      mergeKey: raw?.['x-kubernetes-patch-merge-key'],
      inner: new PatchSchema(resolve(raw?.type === 'array' ? raw.items : raw)),
    };
  }
}

function resolve(raw: RawSchema | undefined): RawSchema | undefined {
  const ref = raw?.$ref ?? raw?.allOf?.[0]?.$ref;
  return ref ? schemas()[ref.slice(ref.lastIndexOf('/') + 1)] : raw;
}
