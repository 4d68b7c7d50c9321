/** emptyDir volumes: a folder of the pod, or a tmpfs for medium Memory, sized by sizeLimit. */
import { quantityValue } from '../../api/quantity.ts';
import type { EmptyDirVolumeSource } from '../../generated/core-v1.ts';
import { podLimits } from '../cgroups/pod-resources.ts';
import type { OperatingSystem } from '../os.ts';
import type { NodePod } from '../pods/pod.ts';

/**
 * Makes the directory, a tmpfs for medium Memory, and gives it to everybody or the pod's fsGroup. A
 * second call changes nothing.
 */
export async function prepareEmptyDir(
  os: OperatingSystem,
  pod: NodePod,
  source: EmptyDirVolumeSource,
  directory: string,
): Promise<void> {
  await os.fs.mkdir(directory, { recursive: true });
  if (source.medium === 'Memory' && !(await isMountPoint(os, directory))) {
    const size = tmpfsSize(pod, source);
    const options = ['rw', 'mode=0777', ...(size > 0n ? [`size=${size}`] : [])].join(',');
    await os.commands.run(['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  }
  const group = pod.spec.securityContext?.fsGroup;
  if (group !== undefined) await os.fs.chown(directory, 0, group);
  // Anybody may write; with a group, what is made inside belongs to it.
  await os.fs.chmod(directory, group === undefined ? 0o777 : 0o2777);
}

/** The smaller of sizeLimit and the pod's memory limit; 0: the kernel's default. */
function tmpfsSize(pod: NodePod, source: EmptyDirVolumeSource): bigint {
  const memory = podLimits(pod)?.['memory'];
  const sizes = [source.sizeLimit, memory]
    .map(quantity => (quantity ? quantityValue(quantity) : 0n))
    .filter(size => size > 0n);
  return sizes.reduce((a, b) => (b < a ? b : a), sizes[0] ?? 0n);
}

async function isMountPoint(os: OperatingSystem, path: string): Promise<boolean> {
  return (await mountsUnder(os, path)).includes(path);
}

/** Mount points at or below `path`, deepest first. */
export async function mountsUnder(os: OperatingSystem, path: string): Promise<readonly string[]> {
  const table = await os.fs.readFile('/proc/self/mountinfo', 'utf8');
  return table
    .split('\n')
    .map(line => line.split(' ')[4]?.replaceAll('\\040', ' ') ?? '')
    .filter(point => point === path || point.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length);
}
