/**
 * What form of an answer the client takes: media type, and whether as Table or
 * PartialObjectMetadata (API reference, "Alternate representations of resources").
 *
 * Upstream asks twice: its router whether the header names a type of the route as it is written, or
 * all types; then its handler takes the clauses by their q value, named types before wildcards, and
 * the first that it can serve. No header at all is JSON.
 */
import { StatusError } from '../../api/status-error.ts';
import { type Clause, parseAccept, trimBlanks } from './accept.ts';

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

const TYPES: readonly MediaType[] = ['application/json', 'application/yaml', PROTOBUF];
const ALL_FORMS: readonly Transform[] = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'];
const STREAMS = ['application/json;stream=watch', `${PROTOBUF};stream=watch`];
const JSON_PLAIN: Negotiated = {
  mediaType: 'application/json',
  transform: 'none',
  metaVersion: 'v1',
  pretty: false,
};

interface Offer {
  /** Told to a client that takes none of our forms. */
  readonly offered?: readonly string[];
  /** Told to a client all of whose media types are foreign. */
  readonly represented?: readonly string[];
  /** Objects of custom kinds have no message; their metadata has. No router stands before them. */
  readonly custom?: boolean;
}

/** @throws StatusError 406 */
export function negotiate(
  accept: string | undefined,
  allowed: readonly Transform[],
  { offered, represented = TYPES, custom = false }: Offer = {},
): Negotiated {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*')
    return JSON_PLAIN;
  if (!custom && !isRouted(accept)) throw notRepresented(represented);
  for (const clause of parseAccept(accept)) {
    const mediaType = mediaTypeOf(clause.type);
    if (!mediaType || !isServed(clause, mediaType)) continue;
    const transform = transformOf(clause, allowed);
    // There is no message for tables.
    if (transform === 'Table' && mediaType === PROTOBUF) continue;
    if (transform === 'none' && mediaType === PROTOBUF && custom) continue;
    const metaVersion = clause.parameters['v'] === 'v1beta1' ? 'v1beta1' : 'v1';
    if (metaVersion === 'v1beta1' && mediaType === PROTOBUF) continue;
    if (transform) return { mediaType, transform, metaVersion, pretty: clause.parameters['pretty'] === '1' };
  }
  throw notAcceptable(offered);
}

/** Wildcards other than the one of all types are none for upstream's router. */
function isRouted(accept: string): boolean {
  return accept.split(',').some(clause => {
    const type = trimBlanks(clause.split(';', 1)[0] ?? '');
    return type === '*/*' || (TYPES as readonly string[]).includes(type);
  });
}

/** As a stream of `stream`, and by the version of meta.k8s.io that `sv` names. */
function isServed({ parameters }: Clause, mediaType: MediaType): boolean {
  const { stream = '', sv = '' } = parameters;
  return (
    (stream === '' || (stream === 'watch' && mediaType !== 'application/yaml')) && (sv === '' || sv === 'v1')
  );
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
  const form = negotiate(accept, ALL_FORMS, { custom: kind.custom !== undefined });
  if (form.transform === 'PartialObjectMetadataList') {
    const why = `you requested PartialObjectMetadataList, but the requested object is not a list`;
    throw otherShape(`${why} (*${internalType(kind)})`);
  }
  return form;
}

/** Of a collection. @throws StatusError 406 */
export function negotiateList(accept: string | undefined, kind: InternalKind): Negotiated {
  const represented = [...TYPES, ...STREAMS];
  const form = negotiate(accept, ALL_FORMS, { represented, custom: kind.custom !== undefined });
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
    custom: kind.custom !== undefined,
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
