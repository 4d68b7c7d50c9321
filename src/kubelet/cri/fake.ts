/**
 * A container runtime in memory, for tests: same contract, virtual time. What a container does is
 * a script by image name; every call is noted in `calls`, and one can be made to fail.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import * as cri from './contract.ts';

interface FakeProgram {
  /** Ends by itself after so many milliseconds (0: before its start is answered); absent: when stopped. */
  readonly runsMs?: number;
  readonly exitCode?: number;
  /** StartContainer fails with this. */
  readonly startError?: string;
  /** TERM does nothing. */
  readonly ignoresTerm?: boolean;
  /** Answers ExecSync. */
  readonly exec?: (command: readonly string[]) => { readonly exitCode: number; readonly stdout?: string };
  readonly user?: number;
  /** How long its pull takes. */
  readonly pullMs?: number;
}

export interface FakeRuntime extends cri.ContainerRuntime {
  /** 'runPodSandbox a', 'startContainer a/main' … in order. */
  readonly calls: readonly string[];
  /** Images on the node, by name, with what they do. */
  readonly images: Map<string, FakeProgram>;
  /** Images that a pull would bring. */
  readonly registry: Map<string, FakeProgram>;
  /** The next call of that name rejects. */
  failNext(call: string, error: Error): void;
  /** Ends a running container. */
  exit(pod: string, container: string, exitCode: number, reason?: string): void;
  /** The infra container dies. */
  breakSandbox(pod: string): void;
  /** Ends the event streams, as when the runtime is restarted. */
  dropEvents(): void;
}

interface Sandbox extends cri.PodSandboxStatus {
  ready: boolean;
}
interface FakeContainer {
  status: cri.ContainerStatus;
  readonly sandboxId: string;
  readonly pod: string;
  readonly program: FakeProgram;
  timer: Timer | undefined;
  readonly ended: Set<() => void>;
}

export function createFakeRuntime(clock: Clock): FakeRuntime {
  const calls: string[] = [];
  const failures = new Map<string, Error>();
  const images = new Map<string, FakeProgram>();
  const registry = new Map<string, FakeProgram>();
  const sandboxes = new Map<string, Sandbox>();
  const containers = new Map<string, FakeContainer>();
  const streams = new Set<{ push: (event: cri.RuntimeEvent) => void; end: () => void }>();
  let counter = 0;

  const note = async (call: string, what = '') => {
    calls.push(what ? `${call} ${what}` : call);
    const failure = failures.get(call);
    failures.delete(call);
    if (failure) throw failure;
  };
  const sandboxOf = (id: string): Sandbox => {
    const found = sandboxes.get(id);
    if (!found) throw new cri.RuntimeError('NotFound', `sandbox ${id} not found`);
    return found;
  };
  const containerOf = (id: string): FakeContainer => {
    const found = containers.get(id);
    if (!found) throw new cri.RuntimeError('NotFound', `container ${id} not found`);
    return found;
  };
  const nameOf = (c: FakeContainer) => `${c.pod}/${c.status.metadata.name}`;
  const emit = (event: cri.RuntimeEvent) => {
    for (const stream of streams) stream.push(event);
  };
  const change = (c: FakeContainer, next: Partial<cri.ContainerStatus>) => {
    c.status = { ...c.status, ...next };
  };
  const end = (c: FakeContainer, exitCode: number, reason?: string) => {
    if (c.status.state !== 'running') return;
    c.timer?.cancel();
    const why = reason ?? (exitCode === 0 ? 'Completed' : 'Error');
    change(c, { state: 'exited', exitCode, reason: why, finishedAtMs: clock.now() });
    emit({ type: 'exit', containerId: c.status.id, exitCode });
    for (const listener of c.ended) listener();
  };
  const running = (pod: string, name: string) =>
    [...containers.values()].find(
      c => c.pod === pod && c.status.metadata.name === name && c.status.state === 'running',
    );
  const imageOf = (name: string): cri.Image => ({
    id: `sha256:${name}`,
    repoTags: [`docker.io/library/${name}`],
    repoDigests: [],
    sizeBytes: 1000,
    uid: images.get(name)?.user ?? 0,
    username: '',
  });

  return {
    calls,
    images,
    registry,
    failNext: (call, error) => failures.set(call, error),
    exit(pod, name, exitCode, reason) {
      const found = running(pod, name);
      if (found) end(found, exitCode, reason);
    },
    breakSandbox(pod) {
      for (const sandbox of sandboxes.values()) {
        if (sandbox.metadata.name !== pod || !sandbox.ready) continue;
        sandbox.ready = false;
        emit({ type: 'exit', containerId: sandbox.id, exitCode: 137 });
      }
    },
    dropEvents() {
      for (const stream of streams) stream.end();
    },

    version: async () => ({ runtimeName: 'containerd', runtimeVersion: '1.6.20~fake' }),
    status: async () => [],
    async runPodSandbox(config) {
      await note('runPodSandbox', config.metadata.name);
      const id = `sandbox-${++counter}`;
      const ips =
        config.linux.securityContext.namespaceOptions.network === 'NODE' ? [] : [`10.244.0.${counter}`];
      const { metadata, labels, annotations } = config;
      sandboxes.set(id, { id, metadata, labels, annotations, ready: true, createdAtMs: clock.now(), ips });
      return id;
    },
    async stopPodSandbox(id) {
      const sandbox = sandboxes.get(id);
      await note('stopPodSandbox', sandbox?.metadata.name);
      for (const c of containers.values()) if (c.sandboxId === id) end(c, 137);
      if (sandbox) sandbox.ready = false;
    },
    async removePodSandbox(id) {
      await note('removePodSandbox', sandboxes.get(id)?.metadata.name);
      sandboxes.delete(id);
      for (const [key, c] of containers) if (c.sandboxId === id) containers.delete(key);
    },
    podSandboxStatus: async id => ({ ...sandboxOf(id) }),
    listPodSandbox: async () => [...sandboxes.values()].map(s => ({ ...s })),
    async createContainer(sandboxId, config, sandboxConfig) {
      const pod = sandboxConfig.metadata.name;
      await note('createContainer', `${pod}/${config.metadata.name}`);
      const id = `container-${++counter}`;
      const image = config.image.image.replace(/^sha256:/, '');
      const status: cri.ContainerStatus = {
        id,
        metadata: config.metadata,
        state: 'created',
        createdAtMs: clock.now() + counter / 1000,
        startedAtMs: 0,
        finishedAtMs: 0,
        exitCode: 0,
        image: `docker.io/library/${image}`,
        imageRef: `sha256:${image}`,
        reason: '',
        message: '',
        labels: config.labels,
        annotations: config.annotations,
        logPath: `${sandboxConfig.logDirectory}/${config.logPath}`,
      };
      const program = images.get(image) ?? {};
      containers.set(id, { status, sandboxId, pod, program, timer: undefined, ended: new Set() });
      return id;
    },
    async startContainer(id) {
      const c = containerOf(id);
      await note('startContainer', nameOf(c));
      const { startError, runsMs, exitCode = 0 } = c.program;
      if (startError) {
        const failed = { state: 'exited', exitCode: 128, reason: 'StartError', message: startError } as const;
        change(c, { ...failed, finishedAtMs: clock.now() });
        throw new cri.RuntimeError('Unknown', startError);
      }
      change(c, { state: 'running', startedAtMs: clock.now() });
      emit({ type: 'start', containerId: id });
      if (runsMs === 0) end(c, exitCode);
      else if (runsMs !== undefined) c.timer = clock.schedule(runsMs, () => end(c, exitCode));
    },
    async stopContainer(id, timeoutSeconds) {
      const c = containerOf(id);
      await note('stopContainer', `${nameOf(c)} ${timeoutSeconds}`);
      if (c.status.state !== 'running') return;
      if (!c.program.ignoresTerm && timeoutSeconds > 0) return end(c, 0);
      await new Promise<void>(resolve => {
        c.ended.add(resolve);
        clock.schedule(timeoutSeconds * 1000, () => end(c, 137));
      });
    },
    async removeContainer(id) {
      const c = containers.get(id);
      if (!c) return;
      await note('removeContainer', nameOf(c));
      containers.delete(id);
    },
    containerStatus: async id => containerOf(id).status,
    listContainers: async () =>
      [...containers.values()].map(({ status, sandboxId }) => ({ ...status, podSandboxId: sandboxId })),
    updateContainerResources: async (id, resources) =>
      note('updateContainerResources', `${nameOf(containerOf(id))} ${resources.cpuQuota}`),
    reopenContainerLog: async id => note('reopenContainerLog', nameOf(containerOf(id))),
    async execSync(id, command) {
      const c = containerOf(id);
      await note('execSync', `${nameOf(c)} ${command.join(' ')}`);
      const { exitCode, stdout = '' } = c.program.exec?.(command) ?? { exitCode: 0 };
      return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.alloc(0) };
    },
    exec: async () => 'http://127.0.0.1:0/exec',
    attach: async () => 'http://127.0.0.1:0/attach',
    portForward: async () => 'http://127.0.0.1:0/portforward',

    listImages: async () => [...images.keys()].map(imageOf),
    imageStatus: async name => (images.has(name) ? imageOf(name) : undefined),
    async pullImage(name) {
      await note('pullImage', name);
      const program = registry.get(name);
      if (!program) throw new cri.RuntimeError('Unknown', `failed to resolve reference "${name}": not found`);
      const { pullMs } = program;
      if (pullMs) await new Promise<void>(resolve => clock.schedule(pullMs, resolve));
      images.set(name, program);
      return `sha256:${name}`;
    },
    async removeImage(name) {
      images.delete(name);
    },
    layerUsage: async () => new Map(),
    imageFileSystem: async () => undefined,

    async *events(signal, onOpen) {
      const queue: cri.RuntimeEvent[] = [];
      let wake = () => {};
      let open = true;
      const stream = {
        push(event: cri.RuntimeEvent) {
          queue.push(event);
          wake();
        },
        end() {
          open = false;
          wake();
        },
      };
      streams.add(stream);
      signal.addEventListener('abort', stream.end, { once: true });
      onOpen?.();
      try {
        while (!signal.aborted) {
          for (let event = queue.shift(); event; event = queue.shift()) yield event;
          if (!open) break;
          await new Promise<void>(resolve => {
            wake = resolve;
          });
        }
        if (!signal.aborted) throw new cri.RuntimeError('Unavailable', 'the event stream ended');
      } finally {
        streams.delete(stream);
      }
    },
    close() {},
  };
}
