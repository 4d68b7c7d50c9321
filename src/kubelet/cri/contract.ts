/**
 * What the kubelet asks of a container runtime: a typed subset of CRI v1 (RuntimeService and
 * ImageService) and a stream of task events. client.ts speaks it to containerd or CRI-O, fake.ts
 * lives in memory; whoever uses it cannot tell which.
 *
 * Field names are CRI's in camel case, so that the CRI documentation is the reference for what
 * they mean; times are milliseconds since the Unix epoch (CRI has nanoseconds), 0 for "not yet".
 * Every failing call rejects with RuntimeError.
 */
export interface ContainerRuntime extends RuntimeService, ImageService {
  /**
   * Task events from now on. Ends when `signal` is aborted; throws RuntimeError when the runtime
   * goes away, and events may then have been missed: list again.
   * `onOpen` is called when the subscription stands: what happens later is not missed.
   */
  events(signal: AbortSignal, onOpen?: () => void): AsyncIterable<RuntimeEvent>;
  close(): void;
}

export type RuntimeEvent =
  | { readonly type: 'start'; readonly containerId: string }
  /** The main process ended. The runtime's own bookkeeping may follow some milliseconds later. */
  | { readonly type: 'exit'; readonly containerId: string; readonly exitCode: number }
  | { readonly type: 'oom'; readonly containerId: string };

interface RuntimeService {
  version(): Promise<{ readonly runtimeName: string; readonly runtimeVersion: string }>;
  /** RuntimeReady and NetworkReady. */
  status(): Promise<readonly RuntimeCondition[]>;
  runPodSandbox(config: PodSandboxConfig, signal?: AbortSignal): Promise<string>;
  /** Idempotent; kills what still runs in it and gives the addresses back. */
  stopPodSandbox(id: string): Promise<void>;
  removePodSandbox(id: string): Promise<void>;
  podSandboxStatus(id: string): Promise<PodSandboxStatus>;
  listPodSandbox(filter?: SandboxFilter): Promise<readonly PodSandbox[]>;
  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandboxConfig: PodSandboxConfig,
  ): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM, then SIGKILL after `timeoutSeconds` (0: at once). Resolves when it has stopped. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  containerStatus(id: string): Promise<ContainerStatus>;
  listContainers(filter?: ContainerFilter): Promise<readonly Container[]>;
  updateContainerResources(id: string, resources: LinuxContainerResources): Promise<void>;
  reopenContainerLog(id: string): Promise<void>;
  /** ListContainerStats, of which only this is asked: the cgroups say the rest. By container id. */
  layerUsage(): Promise<ReadonlyMap<string, LayerUsage>>;
  /** Rejects with DeadlineExceeded when the command takes longer than `timeoutSeconds` (0: forever). */
  execSync(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecSyncResult>;
  /** These three give the URL of the runtime's streaming server (SPDY/3.1 or WebSocket). */
  exec(
    id: string,
    command: readonly string[],
    stdio: { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean },
  ): Promise<string>;
  attach(
    id: string,
    stdio: { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean },
  ): Promise<string>;
  portForward(sandboxId: string, ports: readonly number[]): Promise<string>;
}

interface ImageService {
  listImages(): Promise<readonly Image[]>;
  /** Undefined when the image is not on the node. */
  imageStatus(image: string): Promise<Image | undefined>;
  /** The image's id. */
  pullImage(image: string, options?: PullOptions): Promise<string>;
  removeImage(image: string): Promise<void>;
  /** ImageFsInfo: where images are, and what they take. Undefined: the runtime does not know yet. */
  imageFileSystem(): Promise<ImageFileSystem | undefined>;
}

export interface ImageFileSystem {
  readonly mountpoint: string;
  /** When the runtime measured it. */
  readonly timeMs: number;
  readonly usedBytes: number;
}

/** What a container has written into its own layer. */
export interface LayerUsage {
  /** When the runtime measured it, which it does now and then. */
  readonly timeMs: number;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dnsConfig?: DnsConfig;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly linux: {
    readonly cgroupParent: string;
    readonly securityContext: SandboxSecurityContext;
    readonly sysctls: Readonly<Record<string, string>>;
  };
}

export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';

export interface NamespaceOption {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  /** For TARGET: the container's id. */
  readonly targetId?: string;
}

export interface SecurityProfile {
  readonly profileType: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  readonly localhostRef?: string;
}

interface SecurityContextCommon {
  readonly namespaceOptions: NamespaceOption;
  readonly runAsUser?: { readonly value: number };
  readonly runAsGroup?: { readonly value: number };
  readonly readonlyRootfs: boolean;
  readonly supplementalGroups: readonly number[];
  readonly privileged: boolean;
  readonly seccomp: SecurityProfile;
  readonly apparmor?: SecurityProfile;
}

export type SandboxSecurityContext = SecurityContextCommon;

export interface ContainerSecurityContext extends SecurityContextCommon {
  readonly runAsUsername?: string;
  readonly capabilities: {
    readonly addCapabilities: readonly string[];
    readonly dropCapabilities: readonly string[];
  };
  readonly noNewPrivs: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

export interface LinuxContainerResources {
  readonly cpuPeriod: number;
  readonly cpuQuota: number;
  readonly cpuShares: number;
  readonly memoryLimitInBytes: number;
  readonly oomScoreAdj: number;
  readonly unified?: Readonly<Record<string, string>>;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'PROPAGATION_PRIVATE' | 'PROPAGATION_HOST_TO_CONTAINER' | 'PROPAGATION_BIDIRECTIONAL';
}

export interface ContainerConfig {
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly image: { readonly image: string; readonly userSpecifiedImage: string };
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly {
    readonly containerPath: string;
    readonly hostPath: string;
    readonly permissions: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's logDirectory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly linux: {
    readonly resources: LinuxContainerResources;
    readonly securityContext: ContainerSecurityContext;
  };
}

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly ready: boolean;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PodSandboxStatus extends PodSandbox {
  /** Empty with the node's network. */
  readonly ips: readonly string[];
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus {
  readonly id: string;
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** The image's name as the runtime knows it: docker.io/library/myapp:v1. */
  readonly image: string;
  /** sha256:… or name@sha256:…. */
  readonly imageRef: string;
  /** Completed, Error, OOMKilled, StartError, ContainerCannotRun … once it has exited. */
  readonly reason: string;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly logPath: string;
}

interface SandboxFilter {
  readonly id?: string;
  readonly labelSelector?: Readonly<Record<string, string>>;
}

interface ContainerFilter {
  readonly id?: string;
  readonly podSandboxId?: string;
  readonly labelSelector?: Readonly<Record<string, string>>;
}

export interface Image {
  /** sha256:… of the configuration. */
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** The user the image runs as: a number, a name, or neither. */
  readonly uid?: number;
  readonly username: string;
}

interface PullOptions {
  readonly auth?: RegistryAuth;
  readonly sandboxConfig?: PodSandboxConfig;
  readonly signal?: AbortSignal;
}

export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface ExecSyncResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number;
}

export type RuntimeErrorCode =
  | 'NotFound'
  | 'AlreadyExists'
  | 'DeadlineExceeded'
  | 'Unavailable'
  | 'Unimplemented'
  | 'Cancelled'
  | 'Unknown';

/** A refusal of the runtime. `message` is the runtime's own text, without gRPC's prefix. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  constructor(
    readonly code: RuntimeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function isRuntimeError(error: unknown, code?: RuntimeErrorCode): error is RuntimeError {
  return error instanceof RuntimeError && (code === undefined || error.code === code);
}

/** The error as Go's gRPC prints it, which is how probes and hooks tell of it. */
export function rpcMessage(error: unknown): string {
  if (error instanceof RuntimeError) return `rpc error: code = ${error.code} desc = ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
