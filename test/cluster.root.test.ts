// The cluster's life as its user drives it: up, killed, down, side by side with another, deleted.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleImages } from '../images/build.ts';
import { CACHE_DIR } from '../src/cluster/layout.ts';
import { type RunOptions, startCluster, type TestCluster } from './support/cluster.ts';

describe('a cluster', () => {
  let cluster: TestCluster;
  let flags: string;
  let name: string;
  beforeAll(async () => {
    cluster = await startCluster();
    ({ name } = JSON.parse(readFileSync(join(cluster.dataDir, 'cluster.json'), 'utf8')) as { name: string });
    flags = `--name ${name} --data-dir ${cluster.dataDir}`;
  });
  afterAll(async () => {
    await cluster?.close();
  });

  const peapod = (command: string, options?: RunOptions) => cluster.run(`$PEAPOD ${command}`, options);
  const pid = (name: string) =>
    (JSON.parse(readFileSync(join(cluster.dataDir, name), 'utf8')) as { pid: number }).pid;
  const podField = (path: string) => cluster.ok(`kubectl get pod web -o jsonpath='${path}'`);

  test('that runs is not changed by another up', async () => {
    const before = [pid('server.pid'), await readFile(cluster.kubeconfig, 'utf8')];
    const { output, code } = await peapod(`up ${flags}`);
    expect([code, output]).toEqual([0, expect.stringContaining('runs already')]);
    expect([pid('server.pid'), await readFile(cluster.kubeconfig, 'utf8')]).toEqual(before);
  });

  test('says in status and kubeconfig how it is and how to reach it', async () => {
    const status = JSON.parse((await peapod(`status --json ${flags}`)).output);
    expect(status).toMatchObject({ running: true, healthy: true });
    expect(status.parts.map((part: { name: string }) => part.name.replace(/-[^-]*$/, ''))).toContain(
      'kube-scheduler',
    );
    const { output } = await peapod(`kubeconfig ${flags}`);
    await writeFile(`${cluster.dataDir}/printed`, output);
    await cluster.ok(`KUBECONFIG=${cluster.dataDir}/printed kubectl get nodes`);
  });

  test('shows its components as mirror pods, with their logs, that come back when deleted', async () => {
    const node = (await cluster.ok("kubectl get nodes -o jsonpath='{.items[0].metadata.name}'")).trim();
    const scheduler = `kube-scheduler-${node}`;
    expect(await cluster.ok(`kubectl logs -n kube-system ${scheduler}`)).toContain('started');
    const uid = `kubectl get pod -n kube-system ${scheduler} -o jsonpath={.metadata.uid}`;
    const before = await cluster.ok(uid);
    await cluster.ok(`kubectl delete pod -n kube-system ${scheduler} --now --wait=false`);
    await cluster.ok(
      `for i in $(seq 100); do [ "$(${uid} 2>/dev/null)" != "${before}" ] && ${uid} && exit; sleep 0.1; done; exit 1`,
    );
  });

  test('keeps its pods when the server is killed, and adopts them', async () => {
    await cluster.ok(
      'kubectl run web --image=myapp:v1 && kubectl wait --for=condition=Ready pod/web --timeout=60s',
    );
    const before = [
      await podField('{.status.containerStatuses[0].containerID}'),
      pid('containerd/containerd.pid'),
    ];
    const ip = await podField('{.status.podIP}');
    process.kill(pid('server.pid'), 'SIGKILL');
    expect(await cluster.ok(`curl -s -m 5 ${ip}`)).toContain('Hello MyApp');
    await cluster.ok(`$PEAPOD up ${flags}`);
    const after = [
      await podField('{.status.containerStatuses[0].containerID}'),
      pid('containerd/containerd.pid'),
    ];
    expect(after).toEqual(before);
    expect(await podField('{.status.containerStatuses[0].restartCount}')).toBe('0');
  });

  test('runs a loaded image whatever its pull policy says', async () => {
    const archive = join(cluster.dataDir, 'mine.tar');
    const sample = sampleImages(`${CACHE_DIR}/images`).find(image => image.reference.includes('busyboxplus'));
    await writeFile(archive, gzipSync(await readFile(sample?.path ?? ''), { level: 1 }));
    const { output } = await peapod(`image load --tag mine:v7 ${flags} ${archive}`);
    expect(output).toBe('docker.io/library/mine:v7\n');
    expect((await peapod(`image ls ${flags}`)).output).toContain('docker.io/library/mine:v7');
    await cluster.ok('kubectl run mine --image=mine:v7 --image-pull-policy=Always --restart=Never -- true');
    await cluster.ok("kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/mine --timeout=60s");
  });

  test('stands beside another one in the same network', async () => {
    const other = `--name ${'b'.repeat(12)} --data-dir ${cluster.dataDir}-b`;
    const taken = await peapod(`up ${other}`);
    expect([taken.code, taken.output]).toEqual([
      1,
      'peapod: port 6443 is taken by another program: choose another with --port\n',
    ]);
    expect((await cluster.run(`ls -d ${cluster.dataDir}-b`)).code).not.toBe(0);

    await cluster.ok(`$PEAPOD up ${other} --port 6444`);
    try {
      await cluster.ok(
        'kubectl run web --image=myapp:v2 && kubectl wait --for=condition=Ready pod/web --timeout=60s',
      );
      expect(await cluster.ok(`curl -s -m 5 ${await podField('{.status.podIP}')}`)).toContain('v2');
    } finally {
      expect((await peapod(`delete ${other}`)).output).toContain('no process, mount');
    }
    await cluster.ok('kubectl config use-context $(kubectl config get-contexts -o name)');
    expect(await cluster.ok(`curl -s -m 5 ${await podField('{.status.podIP}')}`)).toContain('v1');
  });

  test('leaves nothing running when it is down, and knows everything when it is up again', async () => {
    expect((await peapod(`down ${flags}`)).output).toContain('is down');
    expect((await cluster.run(`pgrep -f -- '${cluster.dataDir}/'`)).output).toBe('');
    expect((await cluster.run('ip -br link | grep -v ^lo; nft list tables | grep peapod')).output).toBe('');
    expect((await peapod(`status ${flags}`)).code).toBe(1);
    await cluster.ok(`$PEAPOD up ${flags}`);
    await cluster.ok('kubectl wait --for=condition=Ready pod/web --timeout=60s');
    expect(await cluster.ok(`curl -s -m 5 ${await podField('{.status.podIP}')}`)).toContain('Hello MyApp');
  });

  test('leaves no trace when it is deleted', async () => {
    const { output, code } = await peapod(`delete ${flags}`);
    expect([code, output]).toEqual([0, expect.stringContaining('no process, mount')]);
    expect((await cluster.run(`ls -d ${cluster.dataDir} ${cluster.kubeconfig}`)).code).not.toBe(0);
    const left = (command: string) => spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout;
    expect(left(`grep '${cluster.dataDir}' /proc/mounts`)).toBe('');
    expect(left(`find /sys/fs/cgroup -maxdepth 2 -name 'peapod-${name}'`)).toBe('');
    expect(left(`pgrep -fa -- '${cluster.dataDir}[/]'`)).toBe('');
    expect((await peapod(`delete ${flags}`)).output).toContain('nothing to delete');
  });
});
