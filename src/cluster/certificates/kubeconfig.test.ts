import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubeconfig, mergeKubeconfig, removeFromKubeconfig } from './kubeconfig.ts';
import { checkFile, mergeIntoFile, removeFromFile, userKubeconfigPath } from './kubeconfig-file.ts';

const entry = {
  name: 'peapod',
  server: 'https://127.0.0.1:6443',
  authority: 'A',
  certificate: 'C',
  key: 'K',
};

const OTHERS = `# my clusters
apiVersion: v1
kind: Config
preferences: {}
clusters:
    - name: work   # the big one
      cluster: {server: "https://work:6443"}
contexts:
    - {name: work, context: {cluster: work, user: me}}
users:
    - name: me
      user:
          exec: {command: login, args: [a, b], apiVersion: client.authentication.k8s.io/v1}
current-context: work
`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-kubeconfig-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('a complete kubeconfig has everything kubectl needs', () => {
  expect(parse(kubeconfig(entry))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'peapod', cluster: { 'certificate-authority-data': 'QQ==', server: 'https://127.0.0.1:6443' } },
    ],
    contexts: [{ name: 'peapod', context: { cluster: 'peapod', user: 'peapod' } }],
    users: [{ name: 'peapod', user: { 'client-certificate-data': 'Qw==', 'client-key-data': 'Sw==' } }],
    'current-context': 'peapod',
  });
});

test('merging keeps every line of the others, comments included', () => {
  const merged = mergeKubeconfig(OTHERS, entry).split('\n');
  for (const line of ['# my clusters', 'preferences: {}']) expect(merged).toContain(line);
  expect(merged.join('\n')).toContain('name: work # the big one');
  expect(parse(merged.join('\n'))).toMatchObject({
    clusters: [{ name: 'work' }, { name: 'peapod' }],
    users: [{ name: 'me', user: { exec: { args: ['a', 'b'] } } }, { name: 'peapod' }],
    'current-context': 'peapod',
  });
});

test('merging twice changes nothing, and new certificates replace the old', () => {
  const once = mergeKubeconfig(OTHERS, entry);
  expect(mergeKubeconfig(once, entry)).toBe(once);
  const renewed = parse(mergeKubeconfig(once, { ...entry, certificate: 'D' }));
  expect(renewed.users).toHaveLength(2);
  expect(renewed.users[1].user['client-certificate-data']).toBe('RA==');
});

test('removing leaves the others, and a text without the cluster as it was', () => {
  expect(removeFromKubeconfig(OTHERS, 'peapod')).toBe(OTHERS);
  const rest = parse(removeFromKubeconfig(mergeKubeconfig(OTHERS, entry), 'peapod'));
  expect(rest).toEqual({ ...parse(OTHERS), 'current-context': '' });
});

test.each(['- a list', 'clusters: 5', 'a: [', 'text'])('"%s" is refused and not overwritten', async text => {
  const path = join(dir, 'config');
  await writeFile(path, text);
  await expect(mergeIntoFile(path, entry)).rejects.toThrow('Cannot read the kubeconfig');
  const problem = await checkFile(path).catch(String);
  expect(problem).toMatch(
    /^Error: [^\n]+config: Cannot read the kubeconfig: [^\n]+; repair it, or set \$KUBECONFIG/,
  );
  expect(await readFile(path, 'utf8')).toBe(text);
});

test('the file is private when it is new, keeps its mode when it is not, and a link stays a link', async () => {
  const path = join(dir, 'new/config');
  expect(await mergeIntoFile(path, entry)).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await mergeIntoFile(path, entry)).toBe(false);

  const real = join(dir, 'real');
  await writeFile(real, OTHERS, { mode: 0o640 });
  await symlink(real, join(dir, 'link'));
  await mergeIntoFile(join(dir, 'link'), entry);
  expect((await stat(real)).mode & 0o777).toBe(0o640);
  expect(parse(await readFile(real, 'utf8')).clusters).toHaveLength(2);
});

test('a file that can be merged into, or is not there, is not touched by the check', async () => {
  const path = join(dir, 'config');
  await checkFile(path);
  await expect(stat(path)).rejects.toThrow('ENOENT');
  await writeFile(path, OTHERS);
  await checkFile(path);
  expect(await readFile(path, 'utf8')).toBe(OTHERS);
  await expect(checkFile(dir)).rejects.toThrow('Cannot read the kubeconfig (EISDIR)');
});

test('removing the only cluster removes the file', async () => {
  const path = join(dir, 'config');
  await mergeIntoFile(path, entry);
  expect(await removeFromFile(path, 'peapod')).toBe(true);
  await expect(stat(path)).rejects.toThrow('ENOENT');
  expect(await removeFromFile(path, 'peapod')).toBe(false);
});

test('the first file of $KUBECONFIG is the one that is written', () => {
  expect(userKubeconfigPath({ KUBECONFIG: ':/a:/b' })).toBe('/a');
  expect(userKubeconfigPath({})).toMatch(/\/\.kube\/config$/);
});
