/** busyboxplus: a shell to look around with. Busybox, curl with its certificates, names that resolve. */
import { baseLayer } from './base.ts';
import { type FileTree, file, type ImageRecipe, PATH } from './image.ts';
import { withLibraries } from './programs.ts';

export const busyboxplus: ImageRecipe = {
  reference: 'docker.io/library/busyboxplus:latest',
  async build(debian) {
    const base = await baseLayer(debian);
    const curl = withLibraries(await debian.packages(['curl']), ['usr/bin/curl']);
    for (const path of base.keys()) curl.delete(path);
    curl.set('etc/ssl/certs/ca-certificates.crt', file(bundle(await debian.packages(['ca-certificates']))));
    return {
      reference: this.reference,
      layers: [base, curl],
      config: { command: ['/bin/sh'], environment: { PATH } },
    };
  },
};

/** One file of all authorities, as Debian's update-ca-certificates makes it after installation. */
function bundle(files: FileTree): Buffer {
  const certificates = [...files]
    .filter(([path]) => path.startsWith('usr/share/ca-certificates/') && path.endsWith('.crt'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, entry]) => (entry.type === 'file' ? entry.body.toString('latin1').trimEnd() : ''));
  return Buffer.from(`${certificates.join('\n')}\n`);
}
