/** What an operator can set of the controllers, with kube-controller-manager's defaults. */
export interface ControllerOptions {
  /** PEM; published to every namespace as ConfigMap kube-root-ca.crt. Absent: not published. */
  readonly rootCa?: string | undefined;
  /** How long a node may be silent before it counts as unreachable, milliseconds. */
  readonly nodeMonitorGraceMs: number;
  /** How long a new node may take to say anything, milliseconds. */
  readonly nodeStartupGraceMs: number;
  /** How many finished pods are kept; 0 keeps all. */
  readonly terminatedPodThreshold: number;
  /** Endpoints a slice holds at most (1 to 1,000). */
  readonly maxEndpointsPerSlice: number;
}

export const DEFAULT_CONTROLLER_OPTIONS: ControllerOptions = {
  nodeMonitorGraceMs: 50_000,
  nodeStartupGraceMs: 60_000,
  terminatedPodThreshold: 12_500,
  maxEndpointsPerSlice: 100,
};
