/** A runtime whose expensive calls pass a gate. */
import type { ContainerRuntime } from './contract.ts';
import { Gate } from './gate.ts';

/** @param limit how many expensive calls may be under way at once */
export function gatedRuntime(runtime: ContainerRuntime, limit: number): ContainerRuntime {
  const gate = new Gate(limit);
  return {
    ...runtime,
    runPodSandbox: (config, signal) => gate.run('begin', () => runtime.runPodSandbox(config, signal)),
    createContainer: (...call) => gate.run('finish', () => runtime.createContainer(...call)),
    startContainer: id => gate.run('finish', () => runtime.startContainer(id)),
    stopPodSandbox: id => gate.run('finish', () => runtime.stopPodSandbox(id)),
    removeContainer: id => gate.run('clean', () => runtime.removeContainer(id)),
    removePodSandbox: id => gate.run('clean', () => runtime.removePodSandbox(id)),
    // Not stopContainer: it waits for the container more than it works.
  };
}
