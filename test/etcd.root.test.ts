// A cluster whose state is in etcd, as its user has it: up, etcd killed, snapshot, moved to LMDB, restored.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunOptions, startCluster, type TestCluster } from './support/cluster.ts';

const URL = 'http://127.0.0.1:2379';
const folder = mkdtempSync(join(tmpdir(), 'peapod-etcd-root-'));
const startEtcd = `setsid etcd --data-dir ${folder}/data >>${folder}/log 2>&1 & echo $! >${folder}/pid
  for i in $(seq 100); do curl -sf ${URL}/health >/dev/null && exit; sleep 0.1; done; exit 1`;
const killEtcd = () => process.kill(Number(readFileSync(`${folder}/pid`, 'utf8')), 'SIGKILL');

describe('a cluster with its state in etcd', () => {
  let cluster: TestCluster;
  let flags: string;
  beforeAll(async () => {
    cluster = await startCluster(`--store etcd=${URL}`, async run => {
      const early = await run(
        '$PEAPOD up --name $NAME --data-dir $DATA_DIR --store etcd=http://127.0.0.1:2379 2>&1 || true',
      );
      expect(early).toMatch(
        /^peapod: Cannot reach etcd at http:\/\/127\.0\.0\.1:2379: nothing listens there [^\n]+\n$/,
      );
      await run(startEtcd);
    });
    flags = '--name $NAME --data-dir $DATA_DIR';
  });
  afterAll(async () => {
    await cluster?.close();
    killEtcd();
    rmSync(folder, { recursive: true, force: true });
  });
  const peapod = (command: string, options?: RunOptions) => cluster.ok(`$PEAPOD ${command}`, options);
  const runs = (deployment: string) =>
    cluster.ok(`kubectl rollout status deployment ${deployment} --timeout=60s`, { timeoutMs: 90_000 });

  test('runs pods, goes on when etcd is killed and started again, and knows where its state is', async () => {
    await cluster.ok('kubectl create deployment web --image=myapp:v1 --replicas=2');
    await runs('web');
    killEtcd();
    await cluster.ok(startEtcd);
    await cluster.ok('kubectl scale deployment web --replicas=3');
    await runs('web');
    const { output, code } = await cluster.run(`$PEAPOD up ${flags} --store etcd=http://127.0.0.1:9999`);
    expect([code, output]).toEqual([1, expect.stringContaining('move it with "peapod store copy"')]);
    expect(await peapod(`up ${flags} --store etcd=${URL}`)).toContain('runs already');
    expect((await cluster.run(`$PEAPOD store copy --to lmdb ${flags}`)).output).toContain(
      'runs: stop it first',
    );
  });

  test('is saved while it runs, moved to LMDB, and restored to what was saved', async () => {
    const saved = JSON.parse(await peapod(`snapshot save three --json ${flags}`));
    expect(saved.objects).toBeGreaterThan(100);
    await cluster.ok('kubectl delete deployment web && kubectl create deployment later --image=myapp:v1');
    await peapod(`down ${flags}`);
    expect(await peapod(`store copy --to lmdb ${flags}`)).toContain('has its state in lmdb now');
    // Nothing of it needs etcd any more.
    killEtcd();
    await peapod(`up ${flags}`, { timeoutMs: 180_000 });
    await runs('later');
    // Now of LMDB, which the server has open.
    const again = JSON.parse(await peapod(`snapshot save later --json ${flags}`));
    expect(again.revision).toBeGreaterThan(saved.revision);
    const watched = await cluster.run(
      `kubectl get --raw "/api/v1/pods?watch=1&resourceVersion=${saved.revision}&timeoutSeconds=1"`,
    );
    expect(watched.output).toContain('too old resource version');
    await peapod(`down ${flags}`);
    await peapod(`snapshot restore three ${flags}`);
    await peapod(`up ${flags}`, { timeoutMs: 180_000 });
    await runs('web');
    const names = await cluster.ok("kubectl get deployments -o jsonpath='{.items[*].metadata.name}'");
    expect(names).toBe('web');
    expect(await cluster.ok("kubectl get deployment web -o jsonpath='{.status.readyReplicas}'")).toBe('3');
    await cluster.ok(startEtcd);
  });

  test('leaves nothing of it in etcd when it is deleted, and nothing else is touched', async () => {
    const keysBelow = async (prefix: string) => {
      const [key, end] = [prefix, `${prefix}0`].map(text => Buffer.from(text).toString('base64'));
      const body = JSON.stringify({ key, range_end: end, count_only: true });
      const answer = await cluster.ok(`curl -sf ${URL}/v3/kv/range -d '${body}'`);
      return Number((JSON.parse(answer) as { count?: string }).count ?? 0);
    };
    await peapod(`down ${flags}`);
    await peapod(`store copy --to etcd=${URL} --store-prefix /again ${flags}`);
    expect(await keysBelow('/again')).toBeGreaterThan(100);
    const before = await keysBelow('/peapod');
    await peapod(`delete ${flags}`);
    expect(await keysBelow('/again')).toBe(0);
    // What the first copy left behind was not the cluster's any more.
    expect(await keysBelow('/peapod')).toBe(before);
    expect(before).toBeGreaterThan(100);
  });
});
