/**
 * The API server: its stages joined. `handle` answers requests without a socket, `listen` opens
 * one; the in-process client (src/cluster) works on `core` directly.
 */
import type { AddressInfo } from 'node:net';
import type { KindDefinition } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Store } from '../store/contract.ts';
import type { NodeStreams } from '../wire/streams/contract.ts';
import { AdmissionChain, type AdmissionPlugin } from './admission/chain.ts';
import { defaultAdmission } from './admission/index.ts';
import { defaultServiceNetwork, type ServiceNetwork } from './allocators/service-addresses.ts';
import { createAuthenticator } from './authn/authenticator.ts';
import { createTokenIssuer } from './authn/service-account-tokens.ts';
import type { User } from './authn/user.ts';
import type { Authorizer } from './authz/authorizer.ts';
import { builtinPolicy } from './authz/builtin-policy.ts';
import type { WatchCache } from './cache/contract.ts';
import type { Caller, ServerCore, Target } from './core.ts';
import { keepDefinitions } from './custom-resources/definitions.ts';
import { FlowConfigConsumer } from './flowcontrol/config-consumer.ts';
import { debugDump } from './flowcontrol/debug-dump.ts';
import { FlowControl } from './flowcontrol/flow-control.ts';
import { flowControlMetrics } from './flowcontrol/metrics-text.ts';
import type { ResourceStats } from './flowcontrol/work-estimate.ts';
import { HttpServer } from './http/server.ts';
import { Metrics } from './metrics/metrics.ts';
import type { HealthCheck } from './nonresource/health.ts';
import { createNonResource } from './nonresource/index.ts';
import { createOpenApi } from './openapi/handler.ts';
import { Pipeline } from './pipeline.ts';
import { ResourceRegistry } from './registry/registry.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import type { RequestInfo } from './request-info.ts';
import { createProxy, type ProxyOptions } from './reverse-proxy/proxy.ts';
import { createReviews } from './reviews/index.ts';
import { noSuchResource, Router } from './router.ts';
import { createUpgradeHandler } from './streams/upgrade-handler.ts';
import { createSubresources } from './subresources/lookup.ts';
import { subresourceTable } from './subresources/table.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly cache: WatchCache;
  readonly kinds: readonly KindDefinition[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** host:port that clients reach the server at. */
  readonly advertise: string;
  readonly authorizer?: Authorizer;
  /** Instead of the default plugins. */
  readonly admission?: (core: () => ServerCore) => readonly AdmissionPlugin[];
  readonly serviceNetwork?: ServiceNetwork;
  /** Signs service account tokens: PKCS #8 PEM, EC P-256 or RSA. */
  readonly serviceAccountKey: string;
  readonly issuer?: string;
  /** Bearer tokens that are good as long as the server runs (upstream: --token-auth-file). Absent: none. */
  readonly staticTokens?: ReadonlyMap<string, User>;
  readonly checks?: readonly HealthCheck[];
  /** The parts of the cluster, as ComponentStatuses name them; asked anew for each request. Absent: none. */
  readonly components?: () => readonly HealthCheck[];
  /**
   * Seats that flow control divides among the priority levels: about how many requests, other than
   * watches, are worked on at once. 1 or more; absent: 600, as upstream's defaults add up to.
   */
  readonly concurrencyLimit?: number;
  /** Logs, exec, attach and port-forward of the nodes; asked anew for each request. */
  readonly streams?: () => NodeStreams | undefined;
  /** How pods, services and nodes are reached. */
  readonly proxy?: ProxyOptions;
}

interface ListenOptions {
  readonly port: number;
  readonly host?: string;
  /** PEM: of the server, and the CA whose client certificates are believed. */
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string;
}

export interface ApiServer {
  readonly core: ServerCore;
  /** Never throws. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** POST to a subresource without a request: what the in-process client needs. @throws StatusError */
  createSubresource(
    target: Target,
    subresource: string,
    body: KubeObject,
    caller: Caller,
  ): Promise<KubeObject>;
  /** Whose bearer token that is; undefined: nobody's. For servers that ask this one, as TokenReview does. */
  authenticateToken(token: string): Promise<User | undefined>;
  listen(options: ListenOptions): Promise<AddressInfo>;
  /** Closes the sockets; store and cache are the caller's. */
  close(): Promise<void>;
}

/** What pods' clients expect in tokens of a cluster with the usual domain. */
const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, cache, kinds, clock, random, log, advertise } = options;
  const core: ServerCore = {
    resources: new ResourceRegistry(kinds),
    store,
    cache,
    clock,
    random,
    log,
    authorizer: options.authorizer ?? builtinPolicy,
    components: options.components ?? (() => []),
    admission: new AdmissionChain(
      options.admission?.(() => core) ??
        defaultAdmission(() => core, options.serviceNetwork ?? defaultServiceNetwork),
    ),
  };
  const tokens = createTokenIssuer({
    key: options.serviceAccountKey,
    issuer: options.issuer ?? DEFAULT_ISSUER,
    clock,
    random,
    exists: (kind, namespace, name, uid) => {
      const resource = core.resources.lookupKind('v1', kind);
      return resource !== undefined && cache.get(resource.key(namespace, name))?.object.metadata.uid === uid;
    },
  });
  let closing = false;
  const checks: readonly HealthCheck[] = [
    { name: 'ping', problem: () => undefined },
    ...(options.checks ?? []),
    { name: 'shutdown', problem: () => (closing ? 'the server is closing' : undefined), readinessOnly: true },
  ];
  const streams = options.streams ?? (() => undefined);
  const proxy = createProxy(options.proxy ?? {});
  const subresources = createSubresources(subresourceTable({ streams, tokens, proxy }));
  const flowControl = new FlowControl({
    clock,
    afterTurn: setImmediate,
    resourceStats: info => statsOf(core, info),
    ...(options.concurrencyLimit === undefined ? {} : { concurrencyLimit: options.concurrencyLimit }),
  });
  const flowConfig = new FlowConfigConsumer(core, flowControl);
  const following = flowConfig
    .start()
    .catch((error: unknown) => log.error('flow control does not follow its objects', { error }));
  const metrics = new Metrics({
    monotonicMs: () => clock.monotonic(),
    revision: () => cache.revision,
    isServed({ group, version, resource: plural, subresource }) {
      const resource = core.resources.lookup(group, version, plural);
      return (
        resource !== undefined &&
        (subresource === '' || subresources.find(resource, subresource) !== undefined)
      );
    },
    more: () => flowControlMetrics(flowControl),
  });
  const router = new Router({
    core,
    subresources,
    reviews: createReviews(tokens),
    nonResource: createNonResource({
      subresources,
      serverAddress: () => advertise,
      checks,
      tokens,
      openApi: createOpenApi(core.resources),
      metrics: () => metrics.response(),
      debug: ({ path }, query) =>
        debugDump(flowControl, path, query, { nowMs: clock.now(), monotonicMs: clock.monotonic() }),
    }),
  });
  const pipeline: Pipeline = new Pipeline({
    core,
    router,
    counts: metrics.requests,
    flowControl,
    authenticator: createAuthenticator([
      token => Promise.resolve(options.staticTokens?.get(token)),
      async token => (await tokens.verify(token)).user,
    ]),
  });
  const upgrade = createUpgradeHandler({ core, pipeline, streams, proxy });
  const definitions = keepDefinitions(core);
  const sockets: HttpServer[] = [];
  return {
    core,
    handle: request => pipeline.handle(request),
    async createSubresource(target, subresource, body, caller) {
      const create = subresources.find(target.resource, subresource)?.create;
      if (!create) throw noSuchResource();
      return await create(core, target, body, caller);
    },
    authenticateToken: async token => (await tokens.verify(token)).user,
    async listen({ port, host, certificate, key, clientCa }) {
      const server = new HttpServer({
        certificate,
        key,
        clientCa,
        clock,
        log,
        handle: request => pipeline.handle(request),
        upgrade,
      });
      const address = await server.listen(port, host);
      sockets.push(server);
      return address;
    },
    async close() {
      closing = true;
      await Promise.all([definitions.close(), ...sockets.map(server => server.close())]);
      pipeline.close();
      flowControl.close();
      await flowConfig.close();
      await following;
    },
  };
}

/** Of what a list reads: its namespace where it has one. */
function statsOf(core: ServerCore, info: RequestInfo): ResourceStats | undefined {
  const resource = core.resources.lookup(info.group, info.version, info.resource);
  if (!resource?.stored) return undefined;
  const { objects, bytes } = core.cache.size(resource.prefix(info.namespace));
  return { objects, averageBytes: objects === 0 ? 0 : bytes / objects };
}
