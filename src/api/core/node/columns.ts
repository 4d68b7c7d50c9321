/** What `kubectl get nodes` shows. */
import type { Node } from '../../../generated/core-v1.ts';
import { age, column, name, wide } from '../../columns.ts';
import type { Column } from '../../kind.ts';

const ROLE_LABEL_PREFIX = 'node-role.kubernetes.io/';
const OLD_ROLE_LABEL = 'kubernetes.io/role';

function status(node: Node): string {
  const ready = node.status?.conditions?.find(c => c.type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (node.spec?.unschedulable) words.push('SchedulingDisabled');
  return words.join(',');
}

function roles(node: Node): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_LABEL_PREFIX)) found.add(key.slice(ROLE_LABEL_PREFIX.length));
    else if (key === OLD_ROLE_LABEL) found.add(value);
  }
  found.delete('');
  return [...found].sort().join(',') || '<none>';
}

/** The kernel's version and, as nodes of one cluster may differ, the architecture. */
function kernel({ status }: Node): string {
  const { kernelVersion, architecture } = status?.nodeInfo ?? {};
  if (!kernelVersion) return '<unknown>';
  return architecture ? `${kernelVersion} (${architecture})` : kernelVersion;
}

const address = (node: Node, type: string) =>
  node.status?.addresses?.find(a => a.type === type)?.address ?? '<none>';

export const nodeColumns: readonly Column<Node>[] = [
  name,
  column('Status', status),
  column('Roles', roles),
  age,
  column('Version', o => o.status?.nodeInfo?.kubeletVersion ?? ''),
  wide('Internal-IP', o => address(o, 'InternalIP')),
  wide('External-IP', o => address(o, 'ExternalIP')),
  wide('OS-Image', o => o.status?.nodeInfo?.osImage || '<unknown>'),
  wide('Kernel-Version', kernel),
  wide('Container-Runtime', o => o.status?.nodeInfo?.containerRuntimeVersion || '<unknown>'),
];
