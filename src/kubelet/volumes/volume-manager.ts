/**
 * Makes the volumes of pods and keeps those made of API objects up to date. `sync` may be called
 * at any time and as often as wanted: it makes what is missing and rewrites what has changed.
 *
 * Volumes of kinds that need a plugin (persistent volumes, CSI, NFS …) are refused with an error.
 */
import type { Clock } from '../../base/clock.ts';
import type { Volume } from '../../generated/core-v1.ts';
import type { DownwardFacts } from '../config/field-ref.ts';
import type { ConfigSources } from '../config/sources.ts';
import { type Directories, podDirectory, volumeDirectory } from '../directories.ts';
import type { OperatingSystem } from '../os.ts';
import { type NodePod, uidOf } from '../pods/pod.ts';
import { writeAtomically } from './atomic-writer.ts';
import { mountsUnder, prepareEmptyDir } from './empty-dir.ts';
import { prepareHostPath } from './host-path.ts';
import type { Payload } from './payload.ts';
import { type Rendered, renderVolume } from './render.ts';
import type { TokenSource } from './tokens.ts';

export interface VolumeManagerOptions {
  readonly os: OperatingSystem;
  readonly dirs: Directories;
  readonly sources: ConfigSources;
  readonly tokens: TokenSource;
  readonly clock: Clock;
}

/** Paths on the host, by volume name, and when to call `sync` again at the latest. */
export interface PodVolumes {
  readonly paths: ReadonlyMap<string, string>;
  readonly refreshAtMs: number | undefined;
}

export type RenderedVolumes = readonly {
  readonly volume: Volume;
  /** Undefined: not made of files of ours. */
  readonly content: Rendered | undefined;
}[];

/** Volumes that could not be made: each is reported as FailedMount, and they are tried again. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}

export class VolumeManager {
  readonly #options: VolumeManagerOptions;

  constructor(options: VolumeManagerOptions) {
    this.#options = options;
  }

  /**
   * Collects what the volumes are to contain; touches nothing. Before it has succeeded the pod
   * must not get a sandbox: a pod that lacks a ConfigMap takes no address.
   * @throws VolumeError
   */
  async render(pod: NodePod, facts: DownwardFacts): Promise<RenderedVolumes> {
    return eachVolume(pod.spec.volumes ?? [], async volume => ({
      volume,
      content: await renderVolume({ ...this.#options, pod, facts }, volume),
    }));
  }

  /** Makes what is missing, rewrites what has changed. @throws VolumeError */
  async make(pod: NodePod, rendered: RenderedVolumes): Promise<PodVolumes> {
    const contents = new Map(rendered.map(({ volume, content }) => [volume, content]));
    const made = await eachVolume([...contents.keys()], async volume => {
      const content = contents.get(volume);
      const path = content
        ? await this.#writeFiles(pod, volume.name, content)
        : await this.#makeOther(pod, volume);
      return [volume.name, path] as const;
    });
    const refreshAtMs = rendered
      .map(({ content }) => content?.refreshAtMs)
      .reduce(earlier, undefined as number | undefined);
    return { paths: new Map(made), refreshAtMs };
  }

  async sync(pod: NodePod, facts: DownwardFacts): Promise<PodVolumes> {
    return this.make(pod, await this.render(pod, facts));
  }

  /** Unmounts and removes everything of a pod that has ended. */
  async remove(uid: string): Promise<void> {
    const { os, dirs, tokens } = this.#options;
    tokens.forget(uid);
    const directory = podDirectory(dirs, uid);
    for (const point of await mountsUnder(os, directory)) await os.commands.run(['umount', point]);
    await os.fs.rm(directory, { recursive: true, force: true });
  }

  async #writeFiles(pod: NodePod, name: string, content: Rendered): Promise<string> {
    const { os, dirs, clock } = this.#options;
    const directory = volumeDirectory(dirs, uidOf(pod), content.plugin, name);
    const gid = pod.spec.securityContext?.fsGroup;
    await writeAtomically(os.fs, {
      directory,
      payload: gid === undefined ? content.payload : groupReadable(content.payload),
      ...(gid === undefined ? {} : { owner: { gid } }),
      nowMs: clock.now(),
    });
    return directory;
  }

  async #makeOther(pod: NodePod, volume: Volume): Promise<string> {
    const { os, dirs } = this.#options;
    if (volume.emptyDir) {
      const directory = volumeDirectory(dirs, uidOf(pod), 'empty-dir', volume.name);
      await prepareEmptyDir(os, pod, volume.emptyDir, directory);
      return directory;
    }
    if (volume.hostPath) return prepareHostPath(os.fs, volume.hostPath);
    const kind = Object.keys(volume).find(key => key !== 'name') ?? 'none';
    throw new Error(`no volume plugin for ${kind}`);
  }
}

/** Every volume is tried, whatever becomes of the others. @throws VolumeError that tells of all that failed */
async function eachVolume<T>(
  volumes: readonly Volume[],
  work: (volume: Volume) => Promise<T>,
): Promise<readonly T[]> {
  const problems: string[] = [];
  const results = await Promise.all(
    volumes.map(async volume => {
      try {
        return [await work(volume)];
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        problems.push(`MountVolume.SetUp failed for volume "${volume.name}" : ${why}`);
        return [];
      }
    }),
  );
  if (problems.length > 0) throw new VolumeError(problems);
  return results.flat();
}

/** With an fsGroup, its members may read what the owner may read. */
function groupReadable(payload: Payload): Payload {
  return new Map([...payload].map(([path, { data, mode }]) => [path, { data, mode: mode | 0o040 }] as const));
}

const earlier = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);
