/**
 * CRI v1 over a unix socket, and the task events of containerd over the same socket.
 *
 * Limits: calls end after two minutes (upstream's runtime request timeout) but for those which
 * rightly take longer: pulls (no limit, the caller cancels), StopContainer and ExecSync (their own
 * time plus two minutes).
 */
import type { Clock } from '../../base/clock.ts';
import * as cri from './contract.ts';
import {
  containerState,
  msOfNs,
  type RawContainer,
  type RawContainerStats,
  type RawFilesystemUsage,
  type RawImage,
  type RawSandbox,
  type RawStatus,
  toImage,
  toImageFileSystem,
  toLayerUsage,
  toSandbox,
  toStatus,
} from './decode.ts';
import { subscribeTaskEvents } from './events.ts';
import { callUnary, openClient } from './grpc.ts';

const CALL_LIMIT_MS = 120_000;

export interface RuntimeClientOptions {
  /** /run/containerd/containerd.sock */
  readonly socketPath: string;
  readonly clock: Clock;
}

export function createRuntimeClient({ socketPath, clock }: RuntimeClientOptions): cri.ContainerRuntime {
  const runtime = openClient('runtime.proto', 'runtime.v1.RuntimeService', socketPath);
  const images = openClient('runtime.proto', 'runtime.v1.ImageService', socketPath);
  const events = openClient('events.proto', 'containerd.services.events.v1.Events', socketPath);

  const call = <R>(name: string, request: object, extra: { seconds?: number; signal?: AbortSignal } = {}) =>
    callUnary<R>(runtime, name, request, {
      deadlineMs: clock.now() + CALL_LIMIT_MS + (extra.seconds ?? 0) * 1000,
      signal: extra.signal,
    });
  const imageCall = <R>(name: string, request: object) =>
    callUnary<R>(images, name, request, { deadlineMs: clock.now() + CALL_LIMIT_MS });

  return {
    async version() {
      return call<{ runtimeName: string; runtimeVersion: string }>('Version', { version: '0.1.0' });
    },
    async status() {
      const r = await call<{ status: { conditions: cri.RuntimeCondition[] } | null }>('Status', {});
      return r.status?.conditions ?? [];
    },
    async runPodSandbox(config, signal) {
      const request = { config };
      const r = await call<{ podSandboxId: string }>('RunPodSandbox', request, signal ? { signal } : {});
      return r.podSandboxId;
    },
    async stopPodSandbox(podSandboxId) {
      await call('StopPodSandbox', { podSandboxId });
    },
    async removePodSandbox(podSandboxId) {
      await call('RemovePodSandbox', { podSandboxId });
    },
    async podSandboxStatus(podSandboxId) {
      const r = await call<{
        status: RawSandbox & { network: { ip: string; additionalIps: { ip: string }[] } | null };
      }>('PodSandboxStatus', { podSandboxId });
      const network = r.status.network;
      const ips = network?.ip ? [network.ip, ...network.additionalIps.map(a => a.ip)] : [];
      return { ...toSandbox(r.status), ips };
    },
    async listPodSandbox(filter = {}) {
      const r = await call<{ items: RawSandbox[] }>('ListPodSandbox', { filter });
      return r.items.map(toSandbox);
    },
    async createContainer(podSandboxId, config, sandboxConfig) {
      const r = await call<{ containerId: string }>('CreateContainer', {
        podSandboxId,
        config,
        sandboxConfig,
      });
      return r.containerId;
    },
    async startContainer(containerId) {
      await call('StartContainer', { containerId });
    },
    async stopContainer(containerId, timeout) {
      await call('StopContainer', { containerId, timeout }, { seconds: timeout });
    },
    async removeContainer(containerId) {
      await call('RemoveContainer', { containerId });
    },
    async containerStatus(containerId) {
      const r = await call<{ status: RawStatus }>('ContainerStatus', { containerId });
      return toStatus(r.status);
    },
    async listContainers(filter = {}) {
      const r = await call<{ containers: RawContainer[] }>('ListContainers', { filter });
      return r.containers.map(c => ({
        id: c.id,
        podSandboxId: c.podSandboxId,
        metadata: c.metadata,
        state: containerState(c.state),
        createdAtMs: msOfNs(c.createdAt),
        labels: c.labels,
        annotations: c.annotations,
      }));
    },
    async updateContainerResources(containerId, linux) {
      await call('UpdateContainerResources', { containerId, linux });
    },
    async reopenContainerLog(containerId) {
      await call('ReopenContainerLog', { containerId });
    },
    async layerUsage() {
      const { stats } = await call<{ stats: RawContainerStats[] }>('ListContainerStats', {});
      return new Map(stats.flatMap(toLayerUsage));
    },
    async execSync(containerId, cmd, timeout) {
      return call<cri.ExecSyncResult>('ExecSync', { containerId, cmd, timeout }, { seconds: timeout });
    },
    async exec(containerId, cmd, stdio) {
      return (await call<{ url: string }>('Exec', { containerId, cmd, ...stdio })).url;
    },
    async attach(containerId, stdio) {
      return (await call<{ url: string }>('Attach', { containerId, ...stdio })).url;
    },
    async portForward(podSandboxId, port) {
      return (await call<{ url: string }>('PortForward', { podSandboxId, port })).url;
    },

    async listImages() {
      const r = await imageCall<{ images: RawImage[] }>('ListImages', {});
      return r.images.map(toImage);
    },
    async imageStatus(image) {
      const r = await imageCall<{ image: RawImage | null }>('ImageStatus', { image: { image } });
      return r.image?.id ? toImage(r.image) : undefined;
    },
    async pullImage(image, { auth, sandboxConfig, signal } = {}) {
      const request = { image: { image }, ...(auth && { auth }), ...(sandboxConfig && { sandboxConfig }) };
      const r = await callUnary<{ imageRef: string }>(images, 'PullImage', request, { signal });
      return r.imageRef;
    },
    async removeImage(image) {
      await imageCall('RemoveImage', { image: { image } });
    },
    async imageFileSystem() {
      const r = await imageCall<{ imageFilesystems: RawFilesystemUsage[] }>('ImageFsInfo', {});
      return toImageFileSystem(r.imageFilesystems[0]);
    },

    events: (signal, onOpen) => subscribeTaskEvents(events, signal, onOpen),
    close() {
      runtime.close();
      images.close();
      events.close();
    },
  };
}
