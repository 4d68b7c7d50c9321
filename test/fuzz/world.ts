/**
 * The server that is attacked: in the process, with objects of every kind. Nothing else writes to it,
 * so its revision tells whether a request did.
 */
import { isPieced, joined } from '../../src/apiserver/codec/list-body.ts';
import type { Resource } from '../../src/apiserver/registry/resource.ts';
import type { ApiResponse } from '../../src/apiserver/request.ts';
import { createProxy } from '../../src/apiserver/reverse-proxy/proxy.ts';
import { createSubresources } from '../../src/apiserver/subresources/lookup.ts';
import { subresourceTable } from '../../src/apiserver/subresources/table.ts';
import { type Logger, silentLogger } from '../../src/base/log.ts';
import type { Revision } from '../../src/store/contract.ts';
import { apiRequest, call, type Json } from '../../src/testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import {
  type Base,
  collectionOf,
  endpointBases,
  NAMESPACE,
  recordedBases,
  type Template,
  templates,
} from './corpus.ts';
import type { FuzzRequest } from './request.ts';

const SERVERS_OWN = ['customresourcedefinitions', 'flowschemas', 'prioritylevelconfigurations'];
/** Objects of each kind at the start. */
const OBJECTS = 3;

export interface Reply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
}

export class World implements AsyncDisposable {
  private readonly names = new Map<Resource, string[]>();
  private nonResourcePaths: readonly string[] = [];
  /** How many writes there were, other than the server's own. */
  writes = 0;

  private constructor(
    readonly cluster: InProcessCluster,
    private readonly known: ReadonlyMap<Resource, readonly Template[]>,
    /** What the server said went wrong inside. */
    readonly failures: string[],
  ) {}

  static async start(): Promise<World> {
    const failures: string[] = [];
    const note = (message: string, fields?: Readonly<Record<string, unknown>>) => {
      const { error } = fields ?? {};
      failures.push(`${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    };
    const log: Logger = { ...silentLogger, warn: note, error: note, with: () => log };
    const cluster = await startInProcessCluster({ log });
    const world = new World(cluster, templates(cluster.server.core), failures);
    await world.fill();
    await world.count();
    return world;
  }

  get core() {
    return this.cluster.server.core;
  }

  /** The server writes to it by itself: conditions of definitions, of flow control. */
  isServersOwn(resource: Resource): boolean {
    return SERVERS_OWN.includes(resource.definition.plural);
  }

  private async count(): Promise<void> {
    const own = SERVERS_OWN.map(plural => `/${plural}/`);
    await this.core.cache.watch({
      prefix: '/registry/',
      from: this.core.cache.revision as Revision,
      onEvents: events => {
        this.writes += events.filter(({ current }) => !own.some(part => current.key.includes(part))).length;
      },
      onEnd: () => undefined,
    });
  }

  bases(): Base[] {
    const handlers = createSubresources(
      subresourceTable({ streams: () => undefined, tokens: {} as never, proxy: createProxy({}) }),
    );
    const named = (resource: Resource) => this.names.get(resource) ?? [];
    return [
      ...endpointBases({
        core: this.core,
        templates: this.known,
        named,
        // Not what would leave this server: attack() refuses it.
        subresourcesOf: resource => [...handlers.of(resource).keys()].filter(name => name !== 'proxy'),
        nonResourcePaths: this.nonResourcePaths,
      }),
      ...recordedBases(this.core, named),
    ];
  }

  /** A watch is ended as soon as it has begun. */
  async send({ method, target, headers, body }: FuzzRequest): Promise<Reply> {
    const abort = new AbortController();
    const response = await this.cluster.server.handle(
      apiRequest(method, target, { headers, signal: abort.signal, ...(body ? { body } : {}) }),
    );
    return {
      status: response.status,
      contentType: response.contentType,
      bytes: await bytesOf(response, abort),
    };
  }

  private async fill(): Promise<void> {
    const { server } = this.cluster;
    const post = (path: string, body: unknown) => call(server, 'POST', path, { body });
    await post('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await post(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: 'default' } });
    this.nonResourcePaths = (JSON.parse((await call(server, 'GET', '/')).text) as { paths: string[] }).paths;
    this.nonResourcePaths = [
      ...this.nonResourcePaths,
      ...this.nonResourcePaths.filter(p => p.startsWith('/api')).map(p => `/openapi/v3${p}`),
    ];
    for (const [resource, list] of this.known) {
      if (!resource.stored) continue;
      const names: string[] = [];
      for (const { body } of list) {
        if (names.length >= OBJECTS) break;
        const { status, json } = await post(collectionOf(resource), body);
        const name = (json as Json).metadata?.name;
        if (status === 201 && name !== undefined) names.push(name);
      }
      this.names.set(resource, names);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.close();
  }
}

async function bytesOf({ body }: ApiResponse, abort: AbortController): Promise<Buffer> {
  const chunks: Buffer[] = [];
  if (typeof body === 'function') {
    setImmediate(() => abort.abort());
    await body({
      write: chunk => void chunks.push(chunk),
      pendingBytes: () => 0,
      drained: async () => {},
      signal: abort.signal,
    });
  } else if (Buffer.isBuffer(body)) chunks.push(body);
  else if (isPieced(body)) chunks.push(joined(body));
  else for await (const chunk of body) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}
