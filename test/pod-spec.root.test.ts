// What the fields of a Pod's spec mean to its containers, seen from inside with the real kubectl:
// test/manifests/pod-spec.yaml, applied at once to one cluster.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quantityValue } from '../src/api/quantity.ts';
import type { Node, Pod } from '../src/generated/core-v1.ts';
import { startCluster, type TestCluster } from './support/cluster.ts';
import { podProcesses } from './support/processes.ts';

describe('a pod’s spec', () => {
  let cluster: TestCluster;
  let folder: string;
  beforeAll(async () => {
    cluster = await startCluster('--node-name n1');
    folder = join(cluster.dataDir, 'for-the-test');
    mkdirSync(folder);
    const manifests = readFileSync('test/manifests/pod-spec.yaml', 'utf8').replaceAll('HOST_FOLDER', folder);
    await cluster.ok('kubectl apply -f -', { stdin: manifests });
  });
  afterAll(async () => {
    await cluster?.close();
  });

  const getPod = async (name: string) =>
    JSON.parse(await cluster.ok(`kubectl get pod ${name} -o json`)) as Pod;
  const ready = (name: string) => cluster.ok(`kubectl wait --for=condition=Ready pod/${name} --timeout=60s`);
  const ended = (name: string, phase = 'Succeeded') =>
    cluster.ok(`kubectl wait --for=jsonpath='{.status.phase}'=${phase} pod/${name} --timeout=60s`);
  const exec = (pod: string, script: string, container = 'main') =>
    cluster.ok(`kubectl exec -i ${pod} -c ${container} -- sh`, { stdin: script });
  /** Waits until the shell command, in the cluster's network namespace, ends with 0. */
  const until = (command: string) =>
    cluster.ok(`for i in $(seq 150); do ${command} && exit; sleep 0.1; done; ${command}`);

  test('environment: values, references, sources, fields and resources', async () => {
    await ended('env');
    const lines = (await cluster.ok('kubectl logs env')).trim().split('\n');
    const { status } = await getPod('env');
    const expected = {
      FIRST: 'one',
      SECOND: 'one-$(FIRST)-$(LATER)',
      CM_a: '1',
      CM_b: 'over',
      'CM_not.a-name': 'kept',
      key: 'hidden',
      KEY: 'kept',
      POD: 'env',
      NOTE: 'say "hi"',
      NODE: 'n1',
      ACCOUNT: 'default',
      HOST_IP: status?.hostIP,
      POD_IPS: status?.podIP,
      CPUS: '2',
      MILLI: '100',
      MEMORY: '64',
      HOSTNAME: 'env',
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
    };
    for (const [name, value] of Object.entries(expected)) expect(lines).toContain(`${name}=${value}`);
    expect(lines.filter(line => line.startsWith('OPTIONAL'))).toEqual([]);
    expect(lines.slice(-2)).toEqual(['args: one $(NOWHERE)', '/tmp']);
  });

  test('volumes: files with their modes and owners, folders, memory, paths of the host', async () => {
    await ready('volumes');
    expect(await exec('volumes', 'id -u; id -g; id -G')).toBe('1000\n2000\n2000 3000 4000\n');
    const read =
      'cat /cm/deep/down/a /plain/b /one /secret/key /downward/cpu /all/b /all/key /all/name; ls /none';
    expect(await exec('volumes', read)).toBe('1twotwohidden250twohiddenvolumes');
    const modes = 'stat -L -c "%a %g" /cm/deep/down/a /plain/b /secret/key /disk; stat -L -c %a /memory';
    expect(await exec('volumes', modes)).toBe('440 3000\n644 3000\n440 3000\n2777 3000\n2777\n');
    const [, claims = ''] = (await exec('volumes', 'cat /all/token')).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: ['vault'],
      sub: 'system:serviceaccount:default:default',
      'kubernetes.io': { pod: { name: 'volumes' } },
    });
    // A subPathExpr names a folder of its own, made when it is missing.
    expect(await exec('volumes', 'echo x > /mine/note && cat /disk/of/volumes/note')).toBe('x\n');
    expect(await exec('volumes', 'df -k /memory | tail -1')).toMatch(/^tmpfs\s+8192\s/);
    expect(
      await exec(
        'volumes',
        'dd if=/dev/zero of=/memory/big bs=1M count=9 2>&1 | grep -i space; rm /memory/big',
      ),
    ).toContain('No space left on device');
    expect(await exec('volumes', 'touch /host-ro/x 2>&1; echo; test -f /file && echo file')).toMatch(
      /Read-only file system\n\nfile\n$/,
    );
  });

  test('volumes follow their objects, but for a subPath', async () => {
    await ready('volumes');
    await cluster.ok(
      `kubectl patch cm cm -p '{"data":{"a":"9","b":"new"}}' && kubectl label pod volumes app=after --overwrite`,
    );
    await until(`[ "$(kubectl exec volumes -- cat /plain/b /cm/deep/down/a /all/b)" = new9new ]`);
    await until('kubectl exec volumes -- cat /downward/labels | grep -q app=.after');
    expect(await exec('volumes', 'cat /one')).toBe('two');
  });

  test('a hostPath that is not what it should be keeps its pod waiting, and an event says why', async () => {
    const message = `MountVolume.SetUp failed for volume "host" : hostPath type check failed: ${folder}/nowhere is not a directory`;
    await until(`kubectl events --for=pod/missing-path | grep -F '${message}'`);
    expect(await cluster.ok('kubectl get pod missing-path --no-headers')).toContain('ContainerCreating');
    mkdirSync(join(folder, 'nowhere'));
    await ended('missing-path', 'Running');
  });

  test('limits are the cgroup’s, at the container and at the pod', async () => {
    await ready('volumes');
    const { metadata, status } = await getPod('volumes');
    const id = (status?.containerStatuses?.[0]?.containerID ?? '').replace('containerd://', '');
    const pid = podProcesses(metadata.uid ?? '').get(id) ?? 0;
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .map(line => line.split(':'));
    const v2 = (name: string) => join('/sys/fs/cgroup', lines.find(([n]) => n === '0')?.[2] ?? '', name);
    const v1 = (controller: string, name: string) => {
      const path = lines.find(([, list]) => list?.split(',').includes(controller))?.[2];
      return path && join('/sys/fs/cgroup', controller, path, name);
    };
    const number = (path: string) => Number(readFileSync(path, 'utf8').split(' ')[0]);
    const memory = v1('memory', 'memory.limit_in_bytes') ?? v2('memory.max');
    const quota = v1('cpu', 'cpu.cfs_quota_us') ?? v2('cpu.max');
    for (const up of ['', '/..']) {
      const at = (path: string) => path.replace(/\/([^/]+)$/, `${up}/$1`);
      expect([number(at(memory)), number(at(quota))]).toEqual([32 * 1024 * 1024, 25_000]);
    }
    expect(status?.qosClass).toBe('Guaranteed');
  });

  test('security context: user, capabilities, privileges, read-only root, seccomp, sysctls', async () => {
    await ended('secure');
    const log = await cluster.ok('kubectl logs secure -c main');
    const bind = (1 << 10).toString(16).padStart(16, '0');
    expect(log).toMatch(new RegExp(`^1000\nCapEff:\t0+\nCapBnd:\t${bind}\nNoNewPrivs:\t1\nSeccomp:\t2\n`));
    expect(log).toContain('/x: Read-only file system');
    expect(log).toMatch(/^40000\s41000$/m);
    const privileged = await cluster.ok('kubectl logs secure -c privileged');
    expect(privileged).toMatch(/Seccomp:\t0\nmounted\n$/);
    const [, capabilities = '0'] = /CapEff:\t(\w+)/.exec(privileged) ?? [];
    expect(BigInt(`0x${capabilities}`) & (1n << 21n)).not.toBe(0n);
  });

  test('a sysctl that would touch others is forbidden', async () => {
    await ended('unsafe-sysctl', 'Failed');
    const { status } = await getPod('unsafe-sysctl');
    expect(status?.reason).toBe('SysctlForbidden');
    expect(status?.message).toContain('forbidden sysctl: "net.core.somaxconn" not allowlisted');
  });

  test('host namespaces: the node’s network, processes and IPC, with the cluster’s DNS', async () => {
    await ready('on-host');
    const { status } = await getPod('on-host');
    expect(status?.podIP).toBe(status?.hostIP);
    const ids = 'for n in net ipc pid; do readlink /proc/self/ns/$n; done';
    const [net, ipc, pid] = (await exec('on-host', ids)).split('\n');
    const here = (await cluster.ok(ids)).split('\n');
    expect([net, ipc, pid]).toEqual(here.slice(0, 3));
    expect(
      await exec('on-host', 'cat /etc/resolv.conf; nslookup kubernetes.default.svc.cluster.local'),
    ).toMatch(/nameserver 10\.96\.0\.10\n[^]*10\.96\.0\.1\n/);
  });

  test('a shared process namespace shows the processes of all containers, and of the infra container', async () => {
    await ready('shared-pids');
    const list = await exec('shared-pids', 'ps -o pid,args', 'side');
    expect(list).toMatch(/^\s*1 .*pause/m);
    expect(list).toContain('nginx');
  });

  test('names: host name, subdomain, aliases, search list', async () => {
    await ready('named');
    const { status } = await getPod('named');
    expect(await exec('named', 'hostname; hostname -f')).toBe(
      'custom\ncustom.sub.default.svc.cluster.local\n',
    );
    const hosts = await exec('named', 'cat /etc/hosts');
    expect(hosts).toContain(`${status?.podIP}\tcustom.sub.default.svc.cluster.local\tcustom\n`);
    expect(hosts).toContain('192.0.2.7\tseven\tseven.example\n');
    const resolver = await exec('named', 'cat /etc/resolv.conf');
    expect(resolver).toMatch(
      /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local .*\bexample\.test$/m,
    );
    expect(resolver).toMatch(/^options ndots:2$/m);
    await ended('own-dns');
    expect(await cluster.ok('kubectl logs own-dns')).toBe(
      'search only.test\nnameserver 192.0.2.53\noptions edns0\n',
    );
    await ready('volumes');
    await until('kubectl exec volumes -- nslookup custom.sub.default.svc.cluster.local >/dev/null');
    expect(await exec('volumes', 'nslookup custom.sub.default.svc.cluster.local')).toContain(
      `${status?.podIP}`,
    );
  });

  test('last words: of the file, or of the log when it ended badly', async () => {
    await ended('last-words', 'Failed');
    const { status } = await getPod('last-words');
    expect(status?.containerStatuses?.map(s => [s.name, s.state?.terminated?.message])).toEqual([
      ['file', 'by file'],
      ['log', 'first\nby log\n'],
      ['silent', undefined],
    ]);
  });

  test('hooks: postStart, preStop before TERM; a container whose postStart fails is killed', async () => {
    await until(`kubectl events --for=pod/hooks | grep FailedPostStartHook`);
    expect(await cluster.ok('kubectl events --for=pod/hooks')).toMatch(/Killing .*FailedPostStartHook/);
    await cluster.ok('kubectl delete pod hooks --timeout=30s');
    const order = readFileSync(join(folder, 'hooks'), 'utf8').split('\n');
    expect(order.slice(-4)).toEqual(['post-start', 'pre-stop', 'term', '']);
  });

  test('the node offers what it has, and counts what its pods ask for', async () => {
    const { status } = JSON.parse(await cluster.ok('kubectl get node n1 -o json')) as Node;
    const { capacity = {}, allocatable = {} } = status ?? {};
    for (const name of ['cpu', 'memory', 'pods', 'ephemeral-storage']) {
      expect(quantityValue(allocatable[name] ?? '0')).toBeGreaterThan(0n);
      expect(quantityValue(capacity[name] ?? '0')).toBeGreaterThanOrEqual(
        quantityValue(allocatable[name] ?? '0'),
      );
    }
    expect(await cluster.ok('kubectl describe node n1')).toMatch(/default\s+volumes\s+250m \(\d+%\)\s+250m/);
  });
});
