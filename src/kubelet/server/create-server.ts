/** Joins the kubelet's parts to its server. */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { uidOf } from '../pods/pod.ts';
import type { ProbeManager } from '../probes/probe-manager.ts';
import { type CollectorOptions, createCollector } from '../stats/collect.ts';
import { RateMeter } from '../stats/rates.ts';
import { type ConfigurationInput, kubeletConfiguration } from './configuration.ts';
import { createHandler } from './handler.ts';
import { kubeletMetrics, probeMetrics } from './kubelet-metrics.ts';
import { createRoutes, type RoutesOptions } from './routes.ts';
import { KubeletServer, type KubeletServerOptions } from './server.ts';

export interface ServedParts
  extends CollectorOptions,
    Pick<RoutesOptions, 'streams' | 'logDirectory' | 'health'> {
  readonly probes: Pick<ProbeManager, 'counts'>;
  readonly configuration: Omit<ConfigurationInput, 'port'>;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** It does not listen yet. */
export function createKubeletServer(options: KubeletServerOptions, parts: ServedParts): KubeletServer {
  const { nodeName, clock, version, pods, state, configuration, probes, log } = parts;
  const collect = createCollector(parts);
  const routes = createRoutes({
    ...parts,
    collect,
    rates: new RateMeter(collect, clock),
    get configuration() {
      return kubeletConfiguration({ ...configuration, port: server.port });
    },
    kubeletMetrics: () =>
      kubeletMetrics({
        nodeName,
        version,
        states: pods().map(pod => state(uidOf(pod))),
        process: ownProcess(),
      }),
    probeMetrics: () => probeMetrics(probes.counts()),
  });
  const handle = createHandler({ routes, access: options.access, nodeName });
  const server: KubeletServer = new KubeletServer(options, handle, log);
  return server;
}

function ownProcess() {
  const { user, system } = process.cpuUsage();
  return {
    residentBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    uptimeSeconds: process.uptime(),
  };
}
