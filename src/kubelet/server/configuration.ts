/**
 * The kubelet's settings in the words of KubeletConfiguration (kubelet.config.k8s.io/v1beta1), for
 * /configz: those that are in force here, and no others.
 */
export interface ConfigurationInput {
  readonly port: number | undefined;
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  readonly maxPods: number;
  readonly cgroupRoot: string;
  readonly podLogsDir: string;
  readonly resolvConf: string;
}

/** The object below `kubeletconfig`. */
export function kubeletConfiguration(input: ConfigurationInput): Record<string, unknown> {
  const { port, ...rest } = input;
  return {
    ...rest,
    ...(port !== undefined && { enableServer: true, port, address: '0.0.0.0' }),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: {},
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: true,
    containerLogMaxFiles: 5,
    containerLogMaxSize: '10Mi',
    enableSystemLogHandler: true,
    nodeLeaseDurationSeconds: 40,
    nodeStatusReportFrequency: '5m0s',
    registerNode: true,
  };
}
