/** Lists the images that have been loaded into a cluster. */
import { CLUSTER_OPTIONS, type Command, JSON_OPTION } from '../cli/command.ts';
import { ContentStore } from '../registry/content-store.ts';
import { formatReference } from '../registry/reference.ts';
import { chooseCluster, requireSettings } from '../settings.ts';

export const imageList: Command = {
  usage: 'image ls',
  summary: 'list the images that have been loaded',
  options: { ...CLUSTER_OPTIONS, ...JSON_OPTION },
  words: [0, 0],
  async run({ values, io }) {
    const choice = chooseCluster(values);
    await requireSettings(choice);
    const store = new ContentStore(choice.paths.registry);
    const images: { reference: string; digest: string; bytes: number }[] = [];
    for (const reference of await store.references()) {
      const manifest = await store.resolve(reference);
      if (!manifest) continue;
      const bytes = await store.imageSize(manifest);
      images.push({ reference: formatReference(reference), digest: manifest.digest, bytes });
    }
    if (values['json']) io.out(`${JSON.stringify(images, null, 2)}\n`);
    else {
      const width = Math.max(9, ...images.map(image => image.reference.length)) + 3;
      io.out(`${'REFERENCE'.padEnd(width)}${'DIGEST'.padEnd(22)}SIZE\n`);
      for (const { reference, digest, bytes } of images) {
        io.out(`${reference.padEnd(width)}${digest.slice(0, 19).padEnd(22)}${(bytes / 1e6).toFixed(1)} MB\n`);
      }
    }
    return 0;
  },
};
