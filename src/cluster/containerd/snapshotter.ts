/**
 * Which snapshotter fits the file system of the data directory. Overlays cannot be stacked on an
 * overlay (a data directory inside a container image), nor on some network file systems; there,
 * containerd copies files (`native`), which is slower and always works.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCommands } from '../../base/run-command.ts';

/** The choice is kept: images unpacked by one snapshotter are unknown to the other. */
export async function chooseSnapshotter(root: string): Promise<string> {
  const file = join(root, 'snapshotter');
  const chosen = await readFile(file, 'utf8').catch(() => undefined);
  if (chosen) return chosen;
  const choice = (await canMountOverlay(root)) ? 'overlayfs' : 'native';
  await writeFile(file, choice);
  return choice;
}

async function canMountOverlay(parent: string): Promise<boolean> {
  const commands = systemCommands();
  const dir = await mkdtemp(join(parent, 'probe-'));
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map(name => join(dir, name)) as [
    string,
    string,
    string,
    string,
  ];
  try {
    for (const path of [lower, upper, work, merged]) await mkdir(path);
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    await commands.run(['mount', '-t', 'overlay', '-o', options, 'overlay', merged]);
    await commands.run(['umount', merged]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
