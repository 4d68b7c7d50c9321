/**
 * One step of a pod that should run: makes the plan (plan.ts) and carries it out. Holds what is
 * remembered between steps: why containers wait, backoff, the volumes that were made.
 */
import { dirname } from 'node:path';
import { StartFailure } from '../config/error.ts';
import { etcHosts } from '../config/hosts.ts';
import { sandboxConfig } from '../config/sandbox-config.ts';
import type { PodSandboxConfig } from '../cri/contract.ts';
import { etcHostsFile, logDirectory } from '../directories.ts';
import { formatSeconds } from '../images/duration.ts';
import type { WaitingReason } from '../status/container-status.ts';
import { type PodVolumes, VolumeError } from '../volumes/volume-manager.ts';
import { killPodContainer, killPodContainers, podIPOf, stopSandboxes } from './kill-pod.ts';
import { downwardFacts, podEvent, type WorkerParts } from './parts.ts';
import { type Kill, type PodPlan, planPod, type Start } from './plan.ts';
import { containerNamed, formatPod, type NodePod, uidOf } from './pod.ts';
import { PodResizer } from './resize.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { isRunning, type PodRuntimeState, readySandbox, type SandboxRecord } from './runtime-state.ts';
import { startContainer } from './start-container.ts';

export interface SyncHooks {
  /** The status may have changed. */
  readonly publish: () => void;
  /** The status has changed in what can wait this long; any other publication takes it along. */
  readonly publishWithin: (delayMs: number) => void;
  /** Step again after so many milliseconds at the latest. */
  readonly wakeAfter: (delayMs: number) => void;
}

/** After a failure that may mend by itself (a missing object also wakes the pod when it appears). */
const RETRY_MS = 10_000;
/**
 * How long the pod's address may wait for its first container to run, which is mostly a tenth of a
 * second: then one write tells both, and endpoints appear as ready ones.
 */
const SHOW_SANDBOX_MS = 1_000;
/** Between ErrImagePull and ImagePullBackOff. */
const SHOW_PULL_BACKOFF_MS = 1_500;
/**
 * A container that waits for its restart is first shown as it ended, then as CrashLoopBackOff.
 * (Upstream shows the latter only when it happens to look at the pod again.)
 */
const SHOW_CRASH_BACKOFF_MS = 20_000;
const SHOW_CRASH_BACKOFF_BEFORE_MS = 2_000;

export class PodSync {
  /** By container name; the status shows it. */
  readonly waiting = new Map<string, WaitingReason>();
  readonly resizer: PodResizer;
  /** Ids of containers whose postStart hook is under way. */
  readonly #inHook = new Set<string>();
  readonly #parts: WorkerParts;
  readonly #hooks: SyncHooks;
  readonly #backoff = new RestartBackoff();
  #volumes: PodVolumes | undefined;
  #volumesStale = true;

  constructor(parts: WorkerParts, hooks: SyncHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
    this.resizer = new PodResizer(parts);
  }

  /** What the status is made from: a container counts as running when its postStart hook is through. */
  visible(runtime: PodRuntimeState): PodRuntimeState {
    if (this.#inHook.size === 0) return runtime;
    const containers = runtime.containers.filter(({ status }) => !this.#inHook.has(status.id));
    return { ...runtime, containers };
  }

  refreshVolumes(): void {
    this.#volumesStale = true;
  }

  /** 'done': nothing of the pod is to run any more. */
  async step(pod: NodePod, signal: AbortSignal): Promise<'again' | 'done'> {
    const { cache, probes } = this.#parts;
    const uid = uidOf(pod);
    this.#watchProbes(pod);
    this.#hooks.publish();
    const changes = this.resizer.changes(pod);
    this.resizer.begin(pod, changes, () => this.#hooks.publish());
    const plan = planPod({
      pod,
      resizeRestarts: changes.restart,
      runtime: cache.state(uid),
      failedProbe: probes.failed,
      isStarted: id => probes.isStarted(id),
    });
    if (plan.killPod && !plan.createSandbox) return 'done';
    if (plan.killPod) {
      podEvent(this.#parts, pod)(
        'Normal',
        'SandboxChanged',
        'Pod sandbox changed, it will be killed and re-created.',
      );
      await killPodContainers(this.#parts, {
        pod,
        graceSeconds: pod.spec.terminationGracePeriodSeconds ?? 30,
      });
      await stopSandboxes(this.#parts, uid);
    }
    await Promise.all(plan.kill.map(kill => this.#kill(pod, kill)));
    if (signal.aborted) return 'again';
    await this.resizer.apply(pod, changes);
    if (plan.start.length > 0 || plan.createSandbox) await this.#start(pod, plan, signal);
    else if (this.#volumesStale || this.#isRefreshDue()) await this.#makeVolumes(pod);
    this.resizer.finish(pod, () => this.#hooks.publish());
    this.#wakeForRefresh();
    return 'again';
  }

  async #start(pod: NodePod, plan: PodPlan, signal: AbortSignal): Promise<void> {
    // Those in backoff only need a timer; nothing is made for them.
    const due = plan.start.filter(start => !this.#mustWait(pod, start));
    if (due.length === 0 && !plan.createSandbox) return;
    const ready = await this.#prepare(pod, plan);
    if (!ready || signal.aborted) return;
    for (const start of due) {
      if (signal.aborted) return;
      const started = await this.#startOne(pod, start, ready, signal);
      // A plan holds one init container at most; once a sidecar runs, the next one is due at once.
      if (start.type === 'init' && started) this.#hooks.wakeAfter(0);
    }
  }

  /** Volumes, sandbox and the files every container is given. Undefined: tried again later. */
  async #prepare(pod: NodePod, plan: PodPlan): Promise<Ready | undefined> {
    const parts = this.#parts;
    const uid = uidOf(pod);
    try {
      const rendered = await parts.volumes.render(pod, downwardFacts(parts, []));
      const config = (attempt: number) =>
        sandboxConfig(pod, {
          attempt,
          logDirectory: logDirectory(parts.dirs, pod),
          cgroupParent: parts.cgroups.path(pod),
          dns: parts.node.dns,
        });
      const making = parts.volumes.make(pod, rendered);
      let sandbox = readySandbox(parts.cache.state(uid));
      if (plan.createSandbox) {
        const creating = this.#createSandbox(pod, config(plan.createSandbox.attempt));
        // Both are awaited, so that a failure of one leaves nothing half made behind.
        [this.#volumes, sandbox] = await settleAll(making, creating);
        this.#hooks.publishWithin(SHOW_SANDBOX_MS);
      } else this.#volumes = await making;
      this.#volumesStale = false;
      if (!sandbox) return undefined;
      await this.#writeHosts(pod, sandbox);
      return { sandbox, config: config(sandbox.attempt), volumes: this.#volumes.paths };
    } catch (error) {
      if (error instanceof VolumeError) this.#tellOf(pod, error);
      else if (error instanceof SandboxError) {
        podEvent(parts, pod)('Warning', 'FailedCreatePodSandBox', error.message);
      } else throw error;
      parts.log.info('pod not prepared', { error: error.message });
      this.#hooks.wakeAfter(this.#retryMs());
      return undefined;
    }
  }

  async #createSandbox(pod: NodePod, config: PodSandboxConfig): Promise<SandboxRecord> {
    const { os, runtime, cache, cgroups } = this.#parts;
    try {
      await os.fs.mkdir(config.logDirectory, { recursive: true });
      await cgroups.apply(pod);
      return await cache.addSandbox(await runtime.runPodSandbox(config));
    } catch (error) {
      throw new SandboxError(`Failed to create pod sandbox: ${(error as Error).message}`, { cause: error });
    }
  }

  async #writeHosts(pod: NodePod, sandbox: SandboxRecord): Promise<void> {
    const { os, dirs, node } = this.#parts;
    const file = etcHostsFile(dirs, uidOf(pod));
    const hostFile = pod.spec.hostNetwork ? await os.fs.readFile(node.hostsFile, 'utf8') : '';
    const text = etcHosts(pod, sandbox.ips, node.dns.clusterDomain, hostFile);
    await os.fs.mkdir(dirname(file), { recursive: true });
    await os.fs.writeFile(file, text, { mode: 0o644 });
  }

  /** False: it could not be started; why is in `waiting`. */
  async #startOne(pod: NodePod, start: Start, ready: Ready, signal: AbortSignal): Promise<boolean> {
    const { name, image = '' } = start.container;
    try {
      await startContainer(this.#parts, {
        pod,
        start,
        sandbox: ready.sandbox,
        sandboxConfig: ready.config,
        volumes: ready.volumes,
        signal,
        inHook: this.#inHook,
        onRunning: () => {
          this.waiting.delete(name);
          this.#watchProbes(pod);
          this.#hooks.publish();
        },
      });
      return true;
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      const { reason, message } = error;
      this.waiting.set(name, { reason, message });
      this.#hooks.publish();
      if (reason === 'ErrImagePull') this.#hooks.wakeAfter(SHOW_PULL_BACKOFF_MS);
      else if (reason === 'ImagePullBackOff')
        this.#hooks.wakeAfter(this.#parts.images.retryAfterMs(pod, image));
      // A container that was made and ended counts as a crash: its backoff decides.
      else if (reason === 'RunContainerError' || reason === 'PostStartHookError') this.#hooks.wakeAfter(0);
      else this.#hooks.wakeAfter(this.#retryMs());
      return false;
    }
  }

  /**
   * Whether the container's backoff is not over; then a timer is set. What it waits for is shown until
   * it runs again: the reason of a start that failed first, then CrashLoopBackOff.
   */
  #mustWait(pod: NodePod, start: Start): boolean {
    const { previous, ended, container } = start;
    if (!ended) return false;
    const { clock } = this.#parts;
    const key = container.name;
    const failedAtMs = ended.status.finishedAtMs || ended.status.createdAtMs;
    const leftMs = this.#backoff.remaining(key, failedAtMs, clock.now());
    if (leftMs === 0) {
      this.#backoff.next(key, failedAtMs);
      return false;
    }
    const delayMs = this.#backoff.delay(key);
    const showAfterMs = Math.min(SHOW_CRASH_BACKOFF_MS, delayMs - SHOW_CRASH_BACKOFF_BEFORE_MS);
    // One that was killed for a probe has not crashed: upstream shows at once why it does not start.
    const hiddenMs = isRunning(previous) ? 0 : failedAtMs + showAfterMs - clock.now();
    if (hiddenMs > 0) {
      this.#hooks.wakeAfter(Math.min(leftMs, hiddenMs));
    } else {
      const message = `back-off ${formatSeconds(delayMs)} restarting failed container=${key} pod=${formatPod(pod)}`;
      this.waiting.set(key, { reason: 'CrashLoopBackOff', message });
      this.#hooks.publish();
      this.#hooks.wakeAfter(leftMs);
    }
    podEvent(this.#parts, pod, key)(
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${key} in pod ${formatPod(pod)}`,
    );
    return true;
  }

  async #kill(pod: NodePod, { record, message, reason }: Kill): Promise<void> {
    const container = containerNamed(pod, record.name)?.container;
    const probe = reason === 'liveness' ? container?.livenessProbe : container?.startupProbe;
    const own =
      reason === 'liveness' || reason === 'startup' ? probe?.terminationGracePeriodSeconds : undefined;
    const graceSeconds = own ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    await killPodContainer(this.#parts, pod, record, { graceSeconds, message });
  }

  /** Probes follow what runs. */
  #watchProbes(pod: NodePod): void {
    const { cache, probes } = this.#parts;
    const podIP = podIPOf(this.#parts, pod);
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    for (const record of cache.state(uidOf(pod)).containers) {
      const { id, startedAtMs } = record.status;
      if (!isRunning(record)) {
        probes.forget(id);
        continue;
      }
      const container = containerNamed(pod, record.name)?.container;
      if (!container || probes.knows(id)) continue;
      const old = statuses.find(s => s.containerID === `containerd://${id}`);
      const [wasReady, wasStarted] = [old?.ready ?? false, old?.started ?? false];
      probes.watch({ pod, container, containerId: id, startedAtMs, podIP, wasReady, wasStarted });
    }
  }

  async #makeVolumes(pod: NodePod): Promise<void> {
    const parts = this.#parts;
    try {
      this.#volumes = await parts.volumes.sync(pod, downwardFacts(parts, []));
      this.#volumesStale = false;
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      this.#tellOf(pod, error);
      this.#hooks.wakeAfter(this.#retryMs());
    }
  }

  #tellOf(pod: NodePod, { problems }: VolumeError): void {
    const event = podEvent(this.#parts, pod);
    for (const problem of problems) event('Warning', 'FailedMount', problem);
  }

  #isRefreshDue(): boolean {
    const at = this.#volumes?.refreshAtMs;
    return at !== undefined && at <= this.#parts.clock.now();
  }

  #wakeForRefresh(): void {
    const at = this.#volumes?.refreshAtMs;
    if (at !== undefined) this.#hooks.wakeAfter(Math.max(0, at - this.#parts.clock.now()));
  }

  /** Spread, so that pods which failed together do not try together. */
  #retryMs(): number {
    return RETRY_MS * (1 + this.#parts.random.next() / 2);
  }
}

interface Ready {
  readonly sandbox: SandboxRecord;
  readonly config: PodSandboxConfig;
  readonly volumes: ReadonlyMap<string, string>;
}

class SandboxError extends Error {
  override readonly name = 'SandboxError';
}

/** Both results, or the first failure once both have settled. */
async function settleAll<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const settled = await Promise.allSettled([a, b]);
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  return [await a, await b];
}
