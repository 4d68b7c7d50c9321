/** The mounts of a container: its volumes, and the files every container is given. */
import { join } from 'node:path';
import type { Container, VolumeMount } from '../../generated/core-v1.ts';
import { configError } from '../config/error.ts';
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
      throw configError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
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
  const subPath = mount.subPathExpr ? expandAll(mount.subPathExpr, env) : mount.subPath;
  if (!subPath) return volume;
  if (subPath.startsWith('/')) {
    throw configError(`error SubPath \`${subPath}\` must not be an absolute path`);
  }
  if (subPath.split('/').includes('..')) {
    throw configError(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  }
  const where = `for volumeMount "${mount.name}" of container "${input.container.name}"`;
  const wanted = join(volume, subPath);
  try {
    await makeLike(files, volume, subPath);
  } catch (error) {
    // Nothing else is said of it: the rest would tell of the node's files.
    throw configError(`failed to create subPath directory ${where}`, { cause: error });
  }
  // A link inside the volume must not lead the mount out of it.
  const [root, resolved] = await Promise.all([files.realpath(volume), files.realpath(wanted)]);
  if (resolved !== root && !resolved.startsWith(`${root}/`)) {
    throw configError(`failed to prepare subPath ${where}`);
  }
  return resolved;
}

/** As `expand`, but every name must have a value, lest the volume's own folder be mounted. */
function expandAll(text: string, env: ReadonlyMap<string, string>): string {
  const missing = new Set<string>();
  const expanded = expand(text, name => {
    const value = env.get(name) ?? '';
    if (value === '') missing.add(name);
    return value;
  });
  if (missing.size > 0) throw configError(`missing value for ${[...missing].sort().join(', ')}`);
  return expanded;
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
