/** The administrator's way into a cluster, from this machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterPaths } from '../layout.ts';
import type { ClusterSettings } from '../settings.ts';
import type { KubeconfigEntry } from './kubeconfig.ts';

interface AdminFiles {
  readonly authority: string;
  readonly admin: { readonly certificate: string; readonly key: string };
}

export function adminEntry(
  { name, port }: ClusterSettings,
  { authority, admin }: AdminFiles,
): KubeconfigEntry {
  return {
    name,
    server: `https://127.0.0.1:${port}`,
    authority,
    certificate: admin.certificate,
    key: admin.key,
  };
}

/** From the data directory of a cluster that has been started at least once. */
export async function readAdminEntry(
  paths: ClusterPaths,
  settings: ClusterSettings,
): Promise<KubeconfigEntry> {
  const read = (name: string) => readFile(join(paths.certificates, name), 'utf8');
  const [authority, certificate, key] = await Promise.all([
    read('ca.crt'),
    read('admin.crt'),
    read('admin.key'),
  ]);
  return adminEntry(settings, { authority, admin: { certificate, key } });
}
