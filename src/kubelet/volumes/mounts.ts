/** The mounts of a container: its volumes, and the files every container is given. */
import { join } from 'node:path';
import type { Container, VolumeMount } from '../../generated/core-v1.ts';
import { StartFailure } from '../config/error.ts';
import { expand } from '../config/expand.ts';
import type { Mount } from '../cri/contract.ts';
import { containerDirectory, type Directories, etcHostsFile } from '../directories.ts';
import { exists, type FileSystem } from '../os.ts';
import { type NodePod, uidOf } from '../pods/pod.ts';

const PROPAGATION: Readonly<Record<string, Mount['propagation']>> = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
};

export interface MountInput {
  readonly files: FileSystem;
  readonly dirs: Directories;
  readonly pod: NodePod;
  readonly container: Container;
  readonly restartCount: number;
  readonly volumes: ReadonlyMap<string, string>;
  readonly env: ReadonlyMap<string, string>;
}

/** @throws StartFailure (CreateContainerConfigError) for a subPath that leaves its volume. */
export async function containerMounts(input: MountInput): Promise<readonly Mount[]> {
  const { files, dirs, pod, container, volumes } = input;
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (volume === undefined) {
      throw new StartFailure(
        'CreateContainerConfigError',
        `cannot find volume "${mount.name}" to mount into container "${container.name}"`,
      );
    }
    mounts.push({
      containerPath: join('/', mount.mountPath),
      hostPath: await withSubPath(input, mount, volume),
      readonly: mount.readOnly ?? false,
      propagation: PROPAGATION[mount.mountPropagation ?? 'None'] ?? 'PROPAGATION_PRIVATE',
    });
  }
  const takes = (path: string) => mounts.some(mount => mount.containerPath === path);
  const given = (containerPath: string, hostPath: string): Mount => ({
    containerPath,
    hostPath,
    readonly: false,
    propagation: 'PROPAGATION_PRIVATE',
  });
  if (!takes('/etc/hosts')) mounts.push(given('/etc/hosts', etcHostsFile(dirs, uidOf(pod))));
  const messagePath = container.terminationMessagePath;
  if (messagePath && !takes(messagePath)) {
    const file = terminationMessageFile(dirs, uidOf(pod), container.name, input.restartCount);
    await files.mkdir(containerDirectory(dirs, uidOf(pod), container.name), { recursive: true });
    await files.writeFile(file, '');
    // Whatever user the container runs as may write its last words.
    await files.chmod(file, 0o666);
    mounts.push(given(messagePath, file));
  }
  return mounts;
}

export const terminationMessageFile = (
  dirs: Directories,
  uid: string,
  container: string,
  restartCount: number,
): string => join(containerDirectory(dirs, uid, container), `termination-${restartCount}`);

async function withSubPath(input: MountInput, mount: VolumeMount, volume: string): Promise<string> {
  const { files, env } = input;
  const subPath = mount.subPathExpr ? expand(mount.subPathExpr, name => env.get(name)) : mount.subPath;
  if (!subPath) return volume;
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) {
    throw new StartFailure(
      'CreateContainerConfigError',
      `failed to prepare subPath for volumeMount "${mount.name}" of container "${input.container.name}"`,
    );
  }
  const wanted = join(volume, subPath);
  await makeLike(files, volume, subPath);
  // A link inside the volume must not lead the mount out of it.
  const [root, resolved] = await Promise.all([files.realpath(volume), files.realpath(wanted)]);
  if (resolved !== root && !resolved.startsWith(`${root}/`)) {
    throw new StartFailure(
      'CreateContainerConfigError',
      `failed to prepare subPath for volumeMount "${mount.name}" of container "${input.container.name}"`,
    );
  }
  return resolved;
}

/** Makes the folders of the subPath that are missing, with the permissions of the volume itself. */
async function makeLike(files: FileSystem, volume: string, subPath: string): Promise<void> {
  let at = volume;
  for (const part of subPath.split('/').filter(Boolean)) {
    at = join(at, part);
    if (await exists(files, at)) continue;
    const { mode } = await files.stat(volume);
    await files.mkdir(at);
    // As chmod, since the umask narrows the mode of creation.
    await files.chmod(at, mode & 0o7777);
  }
}
