/** Mutations of method, path, query and headers. */
import type { Choices } from './choices.ts';
import { ODD_STRINGS } from './choices.ts';
import { type Base, PATCH_TYPES } from './corpus.ts';

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONSTRUCTOR',
  '__PROTO__',
];
const QUERY_NAMES = [
  'allowWatchBookmarks',
  'command',
  'container',
  'continue',
  'dryRun',
  'fieldManager',
  'fieldSelector',
  'fieldValidation',
  'follow',
  'force',
  'gracePeriodSeconds',
  'includeObject',
  'labelSelector',
  'limit',
  'limitBytes',
  'orphanDependents',
  'pretty',
  'ports',
  'propagationPolicy',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'sinceSeconds',
  'sinceTime',
  'tailLines',
  'timeout',
  'timeoutSeconds',
  'watch',
  '__proto__',
];
const QUERY_VALUES = [
  '',
  '0',
  '1',
  '-1',
  'true',
  'false',
  'All',
  'Strict',
  'Warn',
  'Ignore',
  'Exact',
  'NotOlderThan',
  'Background',
  'Foreground',
  'Orphan',
  'Metadata',
  'Object',
  'None',
  '9223372036854775807',
  '9223372036854775808',
  '1e3',
  'metadata.name=a',
  'metadata.name!=a,metadata.namespace=b',
  'status.phase=Running',
  '__proto__=1',
  'constructor in (a)',
  'a,!b,c in (d,e),f notin (g),h>1,i<2',
  '!',
  ',,,',
  'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiLi4vLi4vIn0',
  'bnVsbA',
  'W10',
];
const ACCEPTS = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/yaml;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'application/cbor',
  'text/html, */*;q=0.1',
  '*/*',
  'application/*;q=2',
  ';;;=,,,',
  'constructor',
  '__proto__;__proto__=1',
];
const CONTENT_TYPES = [
  ...PATCH_TYPES,
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/cbor',
  'application/apply-patch+cbor',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
  ';',
  'constructor',
  '__proto__',
  'tostring',
];
const HEADER_VALUES: Readonly<Record<string, readonly string[]>> = {
  accept: ACCEPTS,
  'content-type': CONTENT_TYPES,
  'impersonate-user': ['a', '', 'system:serviceaccount:a:b', '__proto__'],
  'impersonate-group': ['system:masters', ''],
  'impersonate-uid': ['x'],
  'impersonate-extra-a%ff': ['x'],
  authorization: ['Bearer x.y.z', 'Bearer ', 'Basic eDp5', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  'user-agent': ['', 'curl/8', 'kubectl/v1.36', '__proto__/x'],
  'if-none-match': ['"x"', '*', ''],
  upgrade: ['websocket', 'SPDY/3.1', 'h2c'],
  'accept-encoding': ['gzip', 'gzip;q=0', 'br'],
};

export type RequestPart = Pick<Base, 'method' | 'path' | 'query' | 'headers'>;

export const REQUEST_EDITS: Readonly<Record<string, (part: RequestPart, choices: Choices) => RequestPart>> = {
  method: (part, choices) => ({ ...part, method: choices.of(METHODS) }),
  path(part, choices) {
    const segments = part.path.split('/');
    const at = choices.below(segments.length);
    const [odd, other] = [choices.of(ODD_STRINGS), choices.of(segments)];
    const changes = [
      [odd],
      [],
      [segments[at] ?? '', odd],
      [other],
      ['watch', segments[at] ?? ''],
      [segments[at] ?? '', 'status'],
    ];
    return {
      ...part,
      path: `/${segments
        .toSpliced(at, 1, ...choices.of(changes))
        .join('/')
        .replace(/^\/+/, '')}`,
    };
  },
  query(part, choices) {
    const [name, value] = [
      choices.of(QUERY_NAMES),
      choices.of(choices.chance(0.7) ? QUERY_VALUES : ODD_STRINGS),
    ];
    return { ...part, query: [...part.query, [name, value]] };
  },
  dropQuery: (part, choices) => ({
    ...part,
    query: part.query.toSpliced(choices.below(Math.max(1, part.query.length)), 1),
  }),
  header(part, choices) {
    const name = choices.of(Object.keys(HEADER_VALUES));
    return { ...part, headers: { ...part.headers, [name]: choices.of(HEADER_VALUES[name] ?? ['']) } };
  },
  accept: (part, choices) => ({ ...part, headers: { ...part.headers, accept: choices.of(ACCEPTS) } }),
  contentType: (part, choices) => ({
    ...part,
    headers: { ...part.headers, 'content-type': choices.of(CONTENT_TYPES) },
  }),
};
