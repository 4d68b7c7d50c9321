/**
 * The reading half of the OCI distribution API (v1.1), over a content store: what a container
 * runtime needs to pull. Writing happens on disk (`peapod image load`), so every other method is
 * refused.
 *
 * containerd asks on behalf of the real registry and names it in `ns`: the repository is looked up
 * under that host. What is not here answers 404, upon which containerd asks the real one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ContentStore, Descriptor } from './content-store.ts';
import { formatReference, isDigest, parseReference } from './reference.ts';

const OBJECT_PATH = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/;
const TAGS_PATH = /^\/v2\/(.+)\/tags\/list$/;

export function registryHandler(store: ContentStore) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await answer(store, request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'UNKNOWN', error instanceof Error ? error.message : String(error));
    }
  };
}

async function answer(
  store: ContentStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(response, 405, 'UNSUPPORTED', 'this registry is read-only; use "peapod image load"');
  }
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  if (url.pathname === '/v2/' || url.pathname === '/v2') return sendJson(response, {});

  const host = url.searchParams.get('ns') ?? 'docker.io';
  const [, tagsOf] = TAGS_PATH.exec(url.pathname) ?? [];
  if (tagsOf !== undefined) return sendTags(store, host, tagsOf, response);

  const [, repository, what, version] = OBJECT_PATH.exec(url.pathname) ?? [];
  if (repository === undefined || version === undefined) {
    return refuse(response, 404, 'NAME_UNKNOWN', `no such path: ${url.pathname}`);
  }
  const found =
    what === 'manifests'
      ? await findManifest(store, host, repository, version)
      : await findBlob(store, version);
  if (!found) {
    const code = what === 'manifests' ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN';
    return refuse(response, 404, code, `${host}/${repository}: ${version} has not been loaded`);
  }
  await sendContent(store, found, request, response);
}

async function findManifest(
  store: ContentStore,
  host: string,
  repository: string,
  version: string,
): Promise<Descriptor | undefined> {
  if (!isDigest(version)) {
    const reference = tryParse(`${host}/${repository}:${version}`);
    return reference && store.resolve(reference);
  }
  const mediaType = await store.manifestType(version);
  const size = await store.size(version);
  return mediaType === undefined || size === undefined ? undefined : { mediaType, digest: version, size };
}

async function findBlob(store: ContentStore, version: string): Promise<Descriptor | undefined> {
  const size = isDigest(version) ? await store.size(version) : undefined;
  return size === undefined ? undefined : { mediaType: 'application/octet-stream', digest: version, size };
}

async function sendContent(
  store: ContentStore,
  found: Descriptor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { digest, mediaType, size } = found;
  // Only what containerd sends when it resumes: one open range.
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start > 0 && start >= size) {
    response.setHeader('content-range', `bytes */${size}`);
    return refuse(response, 416, 'SIZE_INVALID', `the content has ${size} bytes`);
  }
  if (start > 0) response.setHeader('content-range', `bytes ${start}-${size - 1}/${size}`);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-type': mediaType,
    'content-length': size - start,
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(store.read(digest, start), response);
}

async function sendTags(
  store: ContentStore,
  host: string,
  repository: string,
  response: ServerResponse,
): Promise<void> {
  const tags = (await store.references())
    .filter(r => r.host === host && r.repository === repository && !isDigest(r.version))
    .map(r => r.version);
  if (tags.length === 0)
    return refuse(response, 404, 'NAME_UNKNOWN', `no image of ${host}/${repository} has been loaded`);
  sendJson(response, { name: repository, tags });
}

function tryParse(text: string) {
  try {
    const reference = parseReference(text);
    return formatReference(reference) === text ? reference : undefined;
  } catch {
    return undefined;
  }
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ errors: [{ code, message }] }));
}
