/**
 * What form of an answer the client takes: media type, and whether as Table or
 * PartialObjectMetadata (API reference, "Alternate representations of resources").
 *
 * Clauses are tried in the order of their q value, then as written; the first that we can serve
 * wins. An Accept header that names nothing we know is 406; none at all is JSON.
 */
import { StatusError } from '../../api/status-error.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export type MediaType = 'application/json' | 'application/yaml' | typeof PROTOBUF;
export type Transform = 'none' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export interface Negotiated {
  readonly mediaType: MediaType;
  readonly transform: Transform;
  /** Of meta.k8s.io, for tables and metadata: clients older than v1.16 ask for v1beta1. */
  readonly metaVersion: 'v1' | 'v1beta1';
  /** `pretty=1` in the media type, or asked for by a browser's or curl's ?pretty. */
  readonly pretty: boolean;
}

export interface Clause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const TYPES: readonly MediaType[] = ['application/json', 'application/yaml', PROTOBUF];
const ALL_FORMS: readonly Transform[] = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'];
const STREAMS = ['application/json;stream=watch', `${PROTOBUF};stream=watch`];
const JSON_PLAIN: Negotiated = {
  mediaType: 'application/json',
  transform: 'none',
  metaVersion: 'v1',
  pretty: false,
};
const cache = new Map<string, readonly Clause[]>();
/** Clients send few different Accept headers; a hostile one must not fill the memory. */
const CACHE_LIMIT = 256;

interface Offer {
  /** Told to a client that takes none of our forms. */
  readonly offered?: readonly string[];
  /** Told to a client all of whose media types are foreign. */
  readonly represented?: readonly string[];
  /** Objects of custom kinds have no message; their metadata has. */
  readonly withoutMessage?: boolean;
}

/** @throws StatusError 406 */
export function negotiate(
  accept: string | undefined,
  allowed: readonly Transform[],
  { offered, represented = TYPES, withoutMessage = false }: Offer = {},
): Negotiated {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*')
    return JSON_PLAIN;
  const clauses = parseAccept(accept);
  for (const clause of clauses) {
    const mediaType = mediaTypeOf(clause.type);
    if (!mediaType) continue;
    const transform = transformOf(clause, allowed);
    // There is no message for tables.
    if (transform === 'Table' && mediaType === PROTOBUF) continue;
    if (transform === 'none' && mediaType === PROTOBUF && withoutMessage) continue;
    const metaVersion = clause.parameters['v'] === 'v1beta1' ? 'v1beta1' : 'v1';
    if (metaVersion === 'v1beta1' && mediaType === PROTOBUF) continue;
    if (transform) return { mediaType, transform, metaVersion, pretty: clause.parameters['pretty'] === '1' };
  }
  if (clauses.some(clause => mediaTypeOf(clause.type))) throw notAcceptable(offered);
  throw notRepresented(represented);
}

/** Every media type asked for is foreign: then upstream's router answers. */
export function notRepresented(types: readonly string[]): StatusError {
  return new StatusError({
    reason: 'NotAcceptable',
    message: `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`,
    details: {},
  });
}

/** Of one object, before anything is done to it. @throws StatusError 406 */
export function negotiateOne(accept: string | undefined, kind: InternalKind): Negotiated {
  const form = negotiate(accept, ALL_FORMS, { withoutMessage: kind.custom !== undefined });
  if (form.transform === 'PartialObjectMetadataList') {
    const why = `you requested PartialObjectMetadataList, but the requested object is not a list`;
    throw otherShape(`${why} (*${internalType(kind)})`);
  }
  return form;
}

/** Of a collection. @throws StatusError 406 */
export function negotiateList(accept: string | undefined, kind: InternalKind): Negotiated {
  const represented = [...TYPES, ...STREAMS];
  const form = negotiate(accept, ALL_FORMS, { represented, withoutMessage: kind.custom !== undefined });
  if (form.transform === 'PartialObjectMetadata') {
    const why = `you requested PartialObjectMetadata, but the requested object is a list`;
    throw otherShape(`${why} (*${internalType(kind)}List)`);
  }
  return form;
}

interface InternalKind {
  readonly group: string;
  readonly kind: string;
  readonly custom?: unknown;
}

/** The name of upstream's internal type: its clients are told it. */
function internalType({ group, kind, custom }: InternalKind): string {
  if (custom) return 'unstructured.Unstructured';
  const own = group === '' || group === 'events.k8s.io' ? 'core' : (group.split('.')[0] ?? '');
  return `${own}.${kind}`;
}

const otherShape = (message: string): StatusError => new StatusError({ reason: 'NotAcceptable', message });

/** Of a watch: events have no form in YAML. @throws StatusError 406 */
export function negotiateStream(accept: string | undefined, kind: InternalKind): Negotiated {
  const form = negotiate(accept, ALL_FORMS, {
    offered: STREAMS,
    represented: [...TYPES, ...STREAMS],
    withoutMessage: kind.custom !== undefined,
  });
  if (form.mediaType === 'application/yaml') throw notAcceptable(STREAMS);
  return form;
}

export function notAcceptable(types: readonly string[] = TYPES): StatusError {
  return new StatusError({
    reason: 'NotAcceptable',
    message: `only the following media types are accepted: ${types.join(', ')}`,
  });
}

/** Undefined: this clause asks for something that is not to be had here. */
function transformOf({ parameters }: Clause, allowed: readonly Transform[]): Transform | undefined {
  const { as, g, v } = parameters;
  if (as === undefined) return g === undefined && v === undefined ? 'none' : undefined;
  const transform = allowed.find(t => t === as);
  return transform && g === 'meta.k8s.io' && (v === 'v1' || v === 'v1beta1') ? transform : undefined;
}

function mediaTypeOf(type: string): MediaType | undefined {
  if (type === '*/*' || type === 'application/*' || type === 'application/json') return 'application/json';
  return type === 'application/yaml' || type === PROTOBUF ? type : undefined;
}

/** Some form of ours has that type, or falls under it. */
export const isKnownType = (type: string): boolean => mediaTypeOf(type) !== undefined;

export function parseAccept(accept: string): readonly Clause[] {
  const known = cache.get(accept);
  if (known) return known;
  const clauses = accept.split(',').map((text, order) => {
    const [type = '', ...rest] = text.split(';').map(s => s.trim());
    const parameters: Record<string, string> = {};
    for (const p of rest) {
      const at = p.indexOf('=');
      if (at > 0) parameters[p.slice(0, at)] = p.slice(at + 1);
    }
    const q = Number(parameters['q'] ?? 1);
    return { type: type.toLowerCase(), parameters, q: Number.isNaN(q) ? 1 : q, order };
  });
  clauses.sort((a, b) => b.q - a.q || a.order - b.order);
  if (cache.size < CACHE_LIMIT) cache.set(accept, clauses);
  return clauses;
}
