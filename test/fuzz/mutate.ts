/**
 * A request out of a base and a list of edits. Each edit is a name and the seed of its choices, so
 * fast-check shrinks a failing request by leaving edits out.
 */
import fc from 'fast-check';
import { structType } from '../../src/api/schema/compile.ts';
import type { StructType } from '../../src/api/schema/types.ts';
import { Choices } from './choices.ts';
import type { Base } from './corpus.ts';
import { BYTE_EDITS, type Format, write } from './edit-bytes.ts';
import { REQUEST_EDITS, type RequestPart } from './edit-request.ts';
import { VALUE_EDITS } from './edit-value.ts';
import { copyJson } from './json-text.ts';
import type { FuzzRequest } from './request.ts';

export interface Mutation {
  /** Which base, taken round the list of them. */
  readonly base: number;
  readonly format: Format;
  readonly edits: readonly { readonly name: string; readonly seed: number }[];
}

const NAMES = [...Object.keys(REQUEST_EDITS), ...Object.keys(VALUE_EDITS), ...Object.keys(BYTE_EDITS)];
/** What finds most is tried most. */
const WEIGHTS: Readonly<Record<string, number>> = { typed: 14, odd: 6, key: 3, query: 3, elsewhere: 3 };

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  base: fc.nat({ max: 1_000_000 }),
  format: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Format>('json') },
    { weight: 2, arbitrary: fc.constant<Format>('protobuf') },
    { weight: 1, arbitrary: fc.constant<Format>('yaml') },
  ),
  edits: fc.array(
    fc.record({
      name: fc.oneof(...NAMES.map(name => ({ weight: WEIGHTS[name] ?? 1, arbitrary: fc.constant(name) }))),
      seed: fc.nat(),
    }),
    { minLength: 0, maxLength: 5, size: 'max' },
  ),
});

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

export function mutate({ base: index, format, edits }: Mutation, bases: readonly Base[]): FuzzRequest {
  const base = bases[index % bases.length] as Base;
  let part: RequestPart = base;
  let body = isText(base.body) ? undefined : copyJson(base.body);
  const schema = schemaOf(base);
  for (const { name, seed } of edits) {
    const choices = new Choices(seed);
    part = REQUEST_EDITS[name]?.(part, choices) ?? part;
    if (VALUE_EDITS[name])
      body = VALUE_EDITS[name](
        body,
        choices,
        schema,
        bases.slice(0, 500).map(b => b.body),
      );
  }
  const written = isText(base.body)
    ? { bytes: Buffer.from(base.body.$text), format: 'json' as const }
    : body === undefined
      ? undefined
      : write(body, base.headers['content-type'] === undefined ? format : 'json', schema?.id);
  let bytes = written?.bytes;
  for (const { name, seed } of edits)
    if (BYTE_EDITS[name]) bytes = BYTE_EDITS[name](bytes ?? Buffer.alloc(0), new Choices(seed));
  const headers: Record<string, string> = { ...part.headers };
  if (bytes && written) headers['content-type'] ??= CONTENT_TYPES[written.format];
  return { method: part.method, target: targetOf(part), headers, body: bytes };
}

function isText(body: unknown): body is { readonly $text: string } {
  return typeof body === 'object' && body !== null && '$text' in body;
}

function schemaOf({ resource, path }: Base): StructType | undefined {
  if (!resource) return undefined;
  const under = /\/(scale|eviction|binding|token)$/.exec(path)?.[1];
  const ids: Readonly<Record<string, string>> = {
    scale: 'io.k8s.api.autoscaling.v1.Scale',
    eviction: 'io.k8s.api.policy.v1.Eviction',
    binding: 'io.k8s.api.core.v1.Binding',
    token: 'io.k8s.api.authentication.v1.TokenRequest',
  };
  const id = ids[under ?? ''] ?? resource.definition.schema;
  return id === '' ? undefined : structType(id);
}

/** Lone surrogates have no percent-encoding. */
const encode = (text: string) => encodeURIComponent(Buffer.from(text).toString());

function targetOf({ path, query }: RequestPart): string {
  const encoded = path.split('/').map(encode).join('/');
  if (query.length === 0) return encoded;
  return `${encoded}?${query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')}`;
}
