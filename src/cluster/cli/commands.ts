/** Every command; each is loaded only when it is called, which keeps `peapod kubectl` quick. */
import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  /** Not shown in the overview. */
  readonly hidden?: boolean;
  load(): Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
  { name: 'up', load: async () => (await import('../commands/up.ts')).up },
  { name: 'down', load: async () => (await import('../commands/down.ts')).down },
  { name: 'delete', load: async () => (await import('../commands/delete.ts')).deleteCluster },
  { name: 'status', load: async () => (await import('../commands/status.ts')).status },
  { name: 'kubeconfig', load: async () => (await import('../commands/kubeconfig.ts')).kubeconfigCommand },
  { name: 'image load', load: async () => (await import('../commands/image-load.ts')).imageLoad },
  { name: 'image ls', load: async () => (await import('../commands/image-list.ts')).imageList },
  { name: 'store copy', load: async () => (await import('../commands/store-copy.ts')).storeCopy },
  { name: 'snapshot save', load: async () => (await import('../commands/snapshot-save.ts')).snapshotSave },
  {
    name: 'snapshot restore',
    load: async () => (await import('../commands/snapshot-restore.ts')).snapshotRestore,
  },
  { name: 'snapshot ls', load: async () => (await import('../commands/snapshot-list.ts')).snapshotList },
  { name: 'kubectl', load: async () => (await import('../commands/kubectl.ts')).kubectl },
  { name: 'server', hidden: true, load: async () => (await import('../commands/server.ts')).server },
];
