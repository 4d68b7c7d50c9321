/**
 * What strategic merge patch needs to know of a type: which lists merge by which key, which
 * fields keep only named keys. Read from the schemas' x-kubernetes-patch-* marks.
 */
import { readFileSync } from 'node:fs';
import { goQuote } from '../../api/go-quote.ts';
import { ownField } from '../../base/own-field.ts';
import { broken } from './list-checks.ts';

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
  private constructor(
    private readonly raw: RawSchema | undefined,
    /** Of the type, without its package. */
    readonly name: string,
  ) {}

  /** `id` as in facts/schemas.json; unknown types have no rules: lists replace, maps merge. */
  static of(id: string): PatchSchema {
    return new PatchSchema(schemas()[id], id.slice(id.lastIndexOf('.') + 1));
  }

  field(name: string): FieldRule {
    const raw = this.property(name) ?? this.raw?.additionalProperties;
    const strategies = (raw?.['x-kubernetes-patch-strategy'] ?? '').split(',');
    return {
      merge: strategies.includes('merge'),
      replace: strategies.includes('replace'),
      retainKeys: strategies.includes('retainKeys'),
      mergeKey: raw?.['x-kubernetes-patch-merge-key'],
      inner: PatchSchema.inner(raw?.type === 'array' ? raw.items : raw),
    };
  }

  private property(name: string): RawSchema | undefined {
    return ownField(this.raw?.properties ?? {}, name) as RawSchema | undefined;
  }

  /** The same of a field that must be a list. @throws StatusError 500, as upstream's patch library fails */
  list(name: string): FieldRule {
    const raw = this.property(name);
    if (this.raw?.properties && !raw)
      throw broken(`unable to find api field in struct ${this.name} for the json field ${goQuote(name)}`);
    if (raw && raw.type !== 'array') throw broken('expected slice or array type, but got: struct');
    return this.field(name);
  }

  /** Of a type that stands in place, or is named. */
  static inner(raw: RawSchema | undefined): PatchSchema {
    const ref = raw?.$ref ?? raw?.allOf?.[0]?.$ref;
    return ref ? PatchSchema.of(ref.slice(ref.lastIndexOf('/') + 1)) : new PatchSchema(raw, '');
  }
}
