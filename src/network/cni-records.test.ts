import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeCniRecords } from './cni-records.ts';

test('records of one network go, those of networks whose names begin alike stay', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pp-cni-'));
  const resultsDir = join(directory, 'results');
  await mkdir(join(directory, 'ipam', 'lab'), { recursive: true });
  await mkdir(join(directory, 'net.d'));
  await mkdir(resultsDir);
  for (const name of ['lab-0a1b-eth0', 'lab-2-0a1b-eth0', 'other-0a1b-eth0']) {
    await writeFile(join(resultsDir, name), '{}');
  }
  const options = {
    networkName: 'lab',
    configDir: join(directory, 'net.d'),
    ipamDir: join(directory, 'ipam'),
    resultsDir,
  };
  await removeCniRecords(options);
  expect((await readdir(resultsDir)).sort()).toEqual(['lab-2-0a1b-eth0', 'other-0a1b-eth0']);
  expect(await readdir(directory)).toEqual(['results']);
  await removeCniRecords({ ...options, resultsDir: join(directory, 'absent') });
  await rm(directory, { recursive: true });
});
