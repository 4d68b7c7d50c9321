/** What the kubelet serves: a path is its line here. */
import type { Pod } from '../../generated/core-v1.ts';
import type { NodeStreams } from '../../wire/streams/contract.ts';
import type { FileSystem } from '../os.ts';
import { type NodePod, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { isRunning, type PodRuntimeState } from '../pods/runtime-state.ts';
import { cadvisorMetrics } from '../stats/cadvisor-metrics.ts';
import type { Collect } from '../stats/collect.ts';
import { EXPOSITION_TYPE, expose, type Family } from '../stats/exposition.ts';
import type { RateMeter } from '../stats/rates.ts';
import { resourceMetrics } from '../stats/resource-metrics.ts';
import { summary } from '../stats/summary.ts';
import { jsonAnswer, type KubeletAnswer, textAnswer } from './answer.ts';
import { containerLogs } from './container-logs.ts';
import type { KubeletRoutes } from './handler.ts';
import { logFiles } from './log-files.ts';

export interface RoutesOptions {
  /** Of this node, with their status. */
  readonly pods: () => readonly NodePod[];
  readonly state: (uid: string) => PodRuntimeState;
  readonly streams: Pick<NodeStreams, 'logs'>;
  readonly files: FileSystem;
  /** What /logs/ shows. */
  readonly logDirectory: string;
  readonly health: () => { readonly healthy: boolean; readonly message: string };
  /** KubeletConfiguration (kubelet.config.k8s.io/v1beta1), as it is. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly collect: Collect;
  readonly rates: Pick<RateMeter, 'measure'>;
  readonly kubeletMetrics: () => readonly Family[];
  readonly probeMetrics: () => readonly Family[];
}

/** What is read is read when somebody asks. A path that ends in a slash takes longer ones too. */
export function createRoutes(options: RoutesOptions): KubeletRoutes {
  const { pods, state, collect, rates } = options;
  const metrics = (families: readonly Family[]): KubeletAnswer => ({
    status: 200,
    contentType: EXPOSITION_TYPE,
    body: expose(families),
  });
  const healthz = () => {
    const { healthy, message } = options.health();
    return healthy ? textAnswer(200, 'ok') : textAnswer(500, `${message}\n`);
  };
  return {
    '/healthz': healthz,
    '/healthz/ping': () => textAnswer(200, 'ok'),
    '/healthz/syncloop': healthz,
    '/pods': () => jsonAnswer(podList(pods())),
    '/runningpods/': () => jsonAnswer(podList(pods().flatMap(pod => runningPod(pod, state(uidOf(pod)))))),
    '/configz': () => jsonAnswer({ kubeletconfig: options.configuration }),
    '/metrics': () => metrics(options.kubeletMetrics()),
    '/metrics/cadvisor': async () => metrics(cadvisorMetrics(await collect({ disk: false }))),
    '/metrics/resource': async () => metrics(resourceMetrics(await collect({ disk: false }))),
    '/metrics/probes': () => metrics(options.probeMetrics()),
    '/stats/summary': async ({ query }) => {
      const onlyCpuAndMemory = isTrue(query.get('only_cpu_and_memory'));
      const measured = await rates.measure({ disk: !onlyCpuAndMemory });
      return jsonAnswer(summary(measured.sample, measured.rates, { onlyCpuAndMemory }));
    },
    '/containerLogs/': containerLogs(pods, options.streams),
    '/logs/': logFiles(options.files, options.logDirectory),
  };
}

const isTrue = (value: string | null) => value === 'true' || value === '1';

const podList = (items: readonly Pod[]) => ({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });

/** What the runtime has of a pod, in the form of one; none when nothing of it runs. */
function runningPod(pod: NodePod, { containers }: PodRuntimeState): Pod[] {
  const running = containers.filter(isRunning);
  if (running.length === 0) return [];
  return [
    {
      metadata: { name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod) },
      spec: { containers: running.map(({ name, status }) => ({ name, image: status.image })) },
    },
  ];
}
