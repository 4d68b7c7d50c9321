/**
 * pods/proxy, services/proxy and nodes/proxy: an HTTP request of any method handed on to a pod, to a
 * ready endpoint of a Service, or to a node's kubelet (API concepts, "Proxy").
 *
 *   name → Location (location.ts, node-location.ts)  ┐
 *   path → ProxyPath (proxy-path.ts)                 ┴► forward.ts │ upgrade.ts
 *
 * Invariants: nothing is held as a whole, neither body; the backend's connection ends with the
 * client's; credentials of the client never reach a backend.
 */
import { badRequest } from '../../api/status-error.ts';
import type { ServerCore } from '../core.ts';
import type { ApiRequest } from '../request.ts';
import type { RequestInfo } from '../request-info.ts';
import type { Subresource, SubresourceHandler } from '../subresources/subresource.ts';
import { type Dial, tcpDial } from './connect.ts';
import { forward } from './forward.ts';
import { type BackendTls, type Location, podLocation, serviceLocation } from './location.ts';
import { nodeLocation } from './node-location.ts';
import { proxyPath } from './proxy-path.ts';
import { forwardUpgrade, type UpgradeConnection } from './upgrade.ts';

export interface ProxyOptions {
  /** Absent: TCP. */
  readonly dial?: Dial | undefined;
  /** This server's client certificate for kubelets, and the CA that theirs are checked against. */
  readonly kubelet?: BackendTls | undefined;
}

type Locate = (core: ServerCore, info: RequestInfo) => Location;

export interface Proxy {
  readonly pods: Subresource;
  readonly services: Subresource;
  readonly nodes: Subresource;
  /**
   * Whether a request that wants an upgrade is one of these; if so it is served, and its connection
   * is given away. @throws StatusError before anything was written to the client
   */
  upgrade(
    core: ServerCore,
    request: ApiRequest,
    info: RequestInfo,
    client: UpgradeConnection,
  ): Promise<boolean>;
}

/** The three subresources, and the way in for requests that leave HTTP; all share `dial`. */
export function createProxy({ dial = tcpDial, kubelet }: ProxyOptions): Proxy {
  const locators: Readonly<Record<string, Locate>> = {
    pods: (core, info) => podLocation(core, info.namespace, info.name),
    services: (core, info) => serviceLocation(core, info.namespace, info.name),
    nodes: (core, info) => nodeLocation(core, info.name, kubelet),
  };
  const subresource = (kind: string, locate: Locate): Subresource => {
    const handler: SubresourceHandler = ({ core, request, info }) => {
      checkOptions(request);
      const path = proxyPath(request.raw().target, info);
      return forward(request, locate(core, info), path, { dial, clock: core.clock });
    };
    return {
      kind,
      connect: true,
      verbs: { create: handler, delete: handler, get: handler, patch: handler, update: handler },
    };
  };
  return {
    pods: subresource('PodProxyOptions', locators['pods'] as Locate),
    services: subresource('ServiceProxyOptions', locators['services'] as Locate),
    nodes: subresource('NodeProxyOptions', locators['nodes'] as Locate),
    async upgrade(core, request, info, client) {
      const locate = locators[info.resource];
      if (info.group !== '' || info.subresource !== 'proxy' || !locate) return false;
      checkOptions(request);
      const path = proxyPath(request.raw().target, info);
      await forwardUpgrade(request, client, locate(core, info), path, { dial, clock: core.clock });
      return true;
    },
  };
}

/** The one option that upstream refuses here; the others are the backend's. @throws StatusError 400 */
function checkOptions({ query }: ApiRequest): void {
  if (query.has('dryRun')) throw badRequest('the dryRun query parameter is not supported with Connect');
}
