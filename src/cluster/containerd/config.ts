/**
 * containerd's configuration (version 2, which 1.6 to 2.x read). Two files come of it: config.toml
 * and the hosts.toml that makes containerd ask the node's registry before the real one.
 */

interface ContainerdPaths {
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  /** Where hosts.toml stands in folders by registry; `_default` is for all of them. */
  readonly registryHosts: string;
  readonly cniConf: string;
  readonly cniBin: string;
}

export interface ContainerdOptions {
  readonly paths: ContainerdPaths;
  readonly sandboxImage: string;
  /** overlayfs, or native where overlays cannot be mounted on the data directory. */
  readonly snapshotter: string;
  /** Without CAP_SYS_RESOURCE, runc cannot lower oom_score_adj, and every sandbox would fail. */
  readonly restrictOomScoreAdj: boolean;
}

/**
 * What is turned off, and why: the snapshotters that need other file systems probe for them at
 * every start; the restart monitor polls every ten seconds for containers that are none of ours;
 * runtime.v1 is a runtime nobody uses. It saves memory and wake-ups.
 */
const DISABLED = [
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
];

/** The kubelet asks for statistics when someone wants them; containerd need not collect them ahead. */
const STATS_PERIOD_SECONDS = 3600;

export function containerdConfig({
  paths,
  sandboxImage,
  snapshotter,
  restrictOomScoreAdj,
}: ContainerdOptions): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return toml([
    ['', { version: 2, root: paths.root, state: paths.state, disabled_plugins: DISABLED }],
    ['grpc', { address: paths.socket }],
    ['debug', { level: 'warn' }],
    [
      cri,
      {
        sandbox_image: sandboxImage,
        restrict_oom_score_adj: restrictOomScoreAdj,
        enable_unprivileged_ports: true,
        enable_unprivileged_icmp: true,
        stats_collect_period: STATS_PERIOD_SECONDS,
        stream_server_address: '127.0.0.1',
        stream_server_port: '0',
      },
    ],
    [`${cri}.cni`, { bin_dir: paths.cniBin, conf_dir: paths.cniConf }],
    [`${cri}.registry`, { config_path: paths.registryHosts }],
    // The node's registry keeps loaded layers, so containerd need not keep them twice.
    [`${cri}.containerd`, { snapshotter, discard_unpacked_layers: true }],
    [`${cri}.containerd.runtimes.runc`, { runtime_type: 'io.containerd.runc.v2' }],
    // No systemd is assumed: cgroupfs on every layout (v1, v2, hybrid).
    [`${cri}.containerd.runtimes.runc.options`, { SystemdCgroup: false }],
    ['plugins."io.containerd.internal.v1.opt"', { path: `${paths.root}/opt` }],
    ['plugins."io.containerd.monitor.v1.cgroups"', { no_prometheus: true }],
  ]);
}

/** No `server` line: what this host does not have, containerd asks the real registry for. */
export function registryHostsConfig(registryAddress: string): string {
  return toml([[`host."http://${registryAddress}"`, { capabilities: ['pull', 'resolve'] }]]);
}

type TomlValue = string | number | boolean | readonly string[];

/** Strings of ours contain no control characters, so JSON's notation is TOML's. */
function toml(
  tables: readonly (readonly [name: string, values: Readonly<Record<string, TomlValue>>])[],
): string {
  return tables
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
      return `${[...(name ? [`[${name}]`] : []), ...lines].join('\n')}\n`;
    })
    .join('\n');
}
