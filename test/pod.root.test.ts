// What a Pod is, seen from inside, from kubectl and from /proc: containers that join the infra
// container's namespaces and share volumes. One cluster for all tests of the file.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pod } from '../src/generated/core-v1.ts';
import { clientTool } from './support/client-tools.ts';
import { startCluster, type TestCluster } from './support/cluster.ts';
import { namespaceOf, podProcesses } from './support/processes.ts';

const execute = promisify(execFile);

const PEAS = `
apiVersion: v1
kind: Pod
metadata: {name: peas}
spec:
  terminationGracePeriodSeconds: 1
  volumes: [{name: shared, emptyDir: {}}]
  containers:
  - name: web
    image: myapp:v1
    volumeMounts: [{name: shared, mountPath: /shared}]
  - name: side
    image: busyboxplus
    command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 0.1; done"]
    volumeMounts: [{name: shared, mountPath: /shared}]
`;

describe('a pod', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(async () => {
    await cluster?.close();
  });

  const getPod = async (name: string): Promise<Pod> =>
    JSON.parse(await cluster.ok(`kubectl get pod ${name} -o json`)) as Pod;
  const applied = async (yaml: string, name: string): Promise<Pod> => {
    await cluster.ok('kubectl apply -f -', { stdin: yaml });
    await cluster.ok(`kubectl wait --for=condition=Ready pod/${name} --timeout=60s`);
    return getPod(name);
  };
  const exec = (command: string) => cluster.ok(`kubectl exec peas -c side -- ${command}`);

  test('shares network, IPC, hostname and volumes among its containers, and nothing else', async () => {
    const pod = await applied(PEAS, 'peas');
    // Network: localhost of one is localhost of the other.
    expect(await exec('curl -s localhost')).toContain('Hello MyApp | Version: v1');
    // Hostname: the pod's.
    expect((await exec('hostname')).trim()).toBe('peas');
    expect((await cluster.ok('kubectl exec peas -c web -- hostname')).trim()).toBe('peas');
    // Volume: what one writes the other reads.
    await exec("sh -c 'echo from-side > /shared/note'");
    expect(await cluster.ok('kubectl exec peas -c web -- cat /shared/note')).toBe('from-side\n');

    const processes = podProcesses(pod.metadata.uid ?? '');
    const ids = (pod.status?.containerStatuses ?? []).map(s =>
      (s.containerID ?? '').replace('containerd://', ''),
    );
    const members = ids.map(id => processes.get(id) ?? 0);
    const infra = [...processes].find(([id]) => !ids.includes(id))?.[1] ?? 0;
    expect([infra, ...members].every(pid => pid > 0)).toBe(true);
    for (const kind of ['net', 'ipc', 'uts'] as const) {
      expect(members.map(pid => namespaceOf(pid, kind))).toEqual(members.map(() => namespaceOf(infra, kind)));
    }
    for (const kind of ['mnt', 'pid'] as const) {
      expect(new Set([infra, ...members].map(pid => namespaceOf(pid, kind))).size).toBe(3);
    }
  });

  test('keeps its address when any of its containers restarts', async () => {
    const before = await getPod('peas');
    for (const container of ['web', 'side']) {
      const count = async () =>
        (await getPod('peas')).status?.containerStatuses?.find(s => s.name === container)?.restartCount ?? 0;
      const restarts = await count();
      const id = (
        before.status?.containerStatuses?.find(s => s.name === container)?.containerID ?? ''
      ).replace('containerd://', '');
      const pid = podProcesses(before.metadata.uid ?? '').get(id) ?? 0;
      expect(pid).toBeGreaterThan(0);
      process.kill(pid, 'SIGKILL');
      await cluster.ok(
        `for i in $(seq 300); do [ "$(kubectl get pod peas -o jsonpath='{.status.containerStatuses[?(@.name=="${container}")].restartCount}')" -gt ${restarts} ] && exit 0; sleep 0.1; done; exit 1`,
      );
      await cluster.ok('kubectl wait --for=condition=Ready pod/peas --timeout=60s');
      expect((await getPod('peas')).status?.podIP).toBe(before.status?.podIP);
    }
    expect((await exec('curl -s localhost')).length).toBeGreaterThan(0);
  });

  test('is found by name through the cluster’s DNS, and reaches the API with its token', async () => {
    await cluster.ok(
      'kubectl expose pod peas --port=80 --selector=run=peas && kubectl label pod peas run=peas',
    );
    await cluster.ok(
      'for i in $(seq 100); do kubectl exec peas -c side -- curl -s -m 2 peas.default.svc.cluster.local | grep -q Hello && exit 0; sleep 0.2; done; exit 1',
    );
    expect(await exec('curl -s peas')).toContain('Hello MyApp');
    const script =
      'cd /var/run/secrets/kubernetes.io/serviceaccount && curl -s --cacert ca.crt -H "Authorization: Bearer $(cat token)" https://kubernetes.default.svc/api/v1/namespaces/default/pods';
    const answer = JSON.parse(await exec(`sh -c '${script}'`)) as { reason?: string; message?: string };
    // Known, and by default not allowed to do anything.
    expect(answer.reason).toBe('Forbidden');
    expect(answer.message).toContain('system:serviceaccount:default:default');
  });

  test('is reached by kubectl exec with stdin, by exit code, and by port-forward', async () => {
    expect(await cluster.ok('kubectl exec -i peas -c side -- cat', { stdin: 'through\n' })).toBe('through\n');
    expect((await cluster.run("kubectl exec peas -c side -- sh -c 'exit 7'")).code).toBe(7);
    expect((await cluster.run('kubectl exec peas -c side -- no-such-program')).output).toContain(
      'no-such-program',
    );
    const forwarded = await cluster.ok(
      'kubectl port-forward pod/peas 18080:80 >/dev/null & pid=$!; for i in $(seq 50); do curl -s -m 2 127.0.0.1:18080 && break; sleep 0.1; done; kill $pid',
    );
    expect(forwarded).toContain('Hello MyApp');
  });

  test('is looked into with debug containers, by kubectl of two versions', async () => {
    const started = (await getPod('peas')).status?.containerStatuses?.map(s => s.state);
    for (const minor of ['v36', 'v35'] as const) {
      const kubectl = await clientTool(minor, 'kubectl');
      const name = `debug-${minor}`;
      await cluster.ok(
        `${kubectl} debug peas --image=busyboxplus --container=${name} --target=web --profile=general -- sh -c 'hostname; curl -s localhost; ps; sleep 300'`,
      );
      const log = `${kubectl} logs peas -c ${name}`;
      await cluster.ok(
        `for i in $(seq 150); do ${log} 2>/dev/null | grep -q ps && exit; sleep 0.1; done; ${log}; ${kubectl} get pod peas -o jsonpath='{.status}'; exit 1`,
      );
      // The pod's name and network, and the processes of the container it was aimed at.
      expect(await cluster.ok(log)).toMatch(/^peas\nHello MyApp/);
      expect(await cluster.ok(log)).toContain('nginx');
      expect(await cluster.ok(`${kubectl} exec peas -c ${name} -- echo inside`)).toBe('inside\n');
    }
    const { status } = await getPod('peas');
    expect(status?.ephemeralContainerStatuses?.map(s => [s.ready, Object.keys(s.state ?? {})])).toEqual([
      [false, ['running']],
      [false, ['running']],
    ]);
    expect(status?.containerStatuses?.map(s => s.state)).toEqual(started);
    expect((await cluster.run('kubectl top pod peas')).output).toContain('Metrics API not available');
  });

  test('is reached by @kubernetes/client-node: exec, log, attach and port-forward', async () => {
    await cluster.ok(
      "kubectl run talker --image=busyboxplus --command -- sh -c 'while true; do echo tick; sleep 0.1; done' && kubectl wait --for=condition=Ready pod/talker --timeout=60s",
    );
    const script = new URL('support/client-node-streams.mjs', import.meta.url).pathname;
    expect(
      JSON.parse(await cluster.ok(`${process.execPath} ${script} peas talker`, { timeoutMs: 30_000 })),
    ).toEqual({
      exec: { out: 'got typed\n', err: 'warned\n', status: 'Failure', code: '3' },
      done: { out: '', err: '', status: 'Success' },
      log: 'tick\ntick\n',
      followed: true,
      attached: true,
      forwarded: true,
    });
    await cluster.ok('kubectl delete pod talker --grace-period=0 --force');
  });

  test('comes from a chart: helm waits for its hook, its pods and its end', async () => {
    const helm = await clientTool('v36', 'helm');
    const chart = new URL('charts/web', import.meta.url).pathname;
    const pods = (path: string) =>
      cluster.ok(`kubectl get pods -l app.kubernetes.io/instance=one -o jsonpath='{${path}}'`);
    const out = await cluster.ok(`HOME=/tmp ${helm} install one ${chart} --wait --timeout=60s`);
    expect(out).toContain('one says hello, 2 times, in default.');
    expect(await cluster.ok("kubectl get job one-migrate -o jsonpath='{.status.succeeded}'")).toBe('1');
    const name = (await pods('.items[0].metadata.name')).trim();
    expect(await cluster.ok(`kubectl exec ${name} -- sh -c 'echo $greeting $password'`)).toBe(
      'hello secret\n',
    );
    await cluster.ok(
      `HOME=/tmp ${helm} upgrade one ${chart} --set greeting=servus,image=myapp:v2 --wait --timeout=60s`,
    );
    expect(
      await cluster.ok("curl -s -m 5 $(kubectl get svc one-web -o jsonpath='{.spec.clusterIP}')"),
    ).toContain('v2');
    await cluster.ok(`HOME=/tmp ${helm} rollback one 1 --wait --timeout=60s`);
    expect(
      await cluster.ok("curl -s -m 5 $(kubectl get svc one-web -o jsonpath='{.spec.clusterIP}')"),
    ).toContain('v1');
    expect(await cluster.ok(`HOME=/tmp ${helm} test one --timeout=60s`)).toMatch(/Phase:\s+Succeeded/);
    await cluster.ok(`HOME=/tmp ${helm} uninstall one --wait --timeout=60s --cascade=foreground`);
    // Helm takes what it has not seen yet for gone: on a busy machine it ends before the pods do.
    await cluster.ok('kubectl wait --for=delete pod -l app.kubernetes.io/instance=one --timeout=60s');
    expect(await pods('.items')).toBe('[]');
  });

  test('is out of its Service before it stops: an update under load loses no request', async () => {
    await cluster.ok(`
      kubectl create deployment load --image=myapp:v1 --replicas=3 && kubectl expose deployment load --port=80
      kubectl rollout status deployment load --timeout=60s`);
    const codes = await cluster.ok(`
      ip=$(kubectl get svc load -o jsonpath='{.spec.clusterIP}')
      until curl -s -o /dev/null -m 2 $ip; do sleep 0.1; done
      kubectl set image deployment load myapp=myapp:v2 >/dev/null
      (kubectl rollout status deployment load --timeout=60s >/dev/null; touch "$DATA_DIR/rolled") &
      until [ -e "$DATA_DIR/rolled" ]; do curl -s -o /dev/null -m 5 -w '%{http_code}\n' $ip; done | sort | uniq -c`);
    expect(codes).toMatch(/^\s*[1-9]\d+ 200\n$/);
    await cluster.ok('kubectl delete deployment,service load');
  });

  test('runs interactively in a terminal, survives the detach, and is attached to again', async () => {
    const session = `peapod-test-${process.pid}`;
    const tmux = (...args: string[]) => execute('tmux', ['-L', session, ...args]).then(r => r.stdout);
    const screen = () => tmux('capture-pane', '-p', '-t', session);
    const until = async (pattern: RegExp) => {
      for (let i = 0; i < 150; i++) {
        if (pattern.test(await screen())) return;
        await new Promise(resolve => setTimeout(resolve, 200));
      }
      expect(await screen()).toMatch(pattern);
    };
    const shell = await cluster.ok(`ip netns identify $$; echo "$PATH"; echo "$KUBECONFIG"; echo "$PEAPOD"`);
    const [netns = '', path = '', kubeconfig = '', peapod = ''] = shell.trim().split('\n');
    await tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      session,
      '-x',
      '100',
      '-y',
      '30',
      `ip netns exec ${netns} env PATH=${path} KUBECONFIG=${kubeconfig} PEAPOD=${peapod} PS1='host> ' bash --norc`,
    );
    try {
      await until(/host>/);
      await tmux('send-keys', '-t', session, 'kubectl run demo --image=busyboxplus -it', 'Enter');
      await until(/(If you don't see a command prompt|\/ #)/);
      await tmux('send-keys', '-t', session, '', 'Enter');
      await until(/\/ #/);
      await tmux('send-keys', '-t', session, 'echo in-$((40+2)); stty size; tty', 'Enter');
      await until(/in-42/);
      await until(/30 100/);
      await until(/\/dev\/pts\/\d+/);
      // The window grows, and what runs in the container is told.
      await tmux('resize-window', '-t', session, '-x', '120', '-y', '40');
      await tmux('send-keys', '-t', session, 'clear; stty size', 'Enter');
      await until(/40 120/);
      // Leaving the shell ends the container; its policy starts it again, and attach reaches it.
      await tmux('send-keys', '-t', session, 'exit', 'Enter');
      await until(/host> *$/m);
      await cluster.ok('kubectl wait --for=condition=Ready pod/demo --timeout=60s');
      await tmux('send-keys', '-t', session, 'clear; kubectl attach demo -c demo -i -t', 'Enter');
      await until(/(If you don't see a command prompt|\/ #)/);
      await tmux('send-keys', '-t', session, 'echo again-$((1+1))', 'Enter');
      await until(/again-2/);
    } finally {
      await tmux('kill-server').catch(() => '');
    }
    await cluster.ok('kubectl delete pod demo --grace-period=1');
  });

  test('keeps running when Peapod is killed, and is adopted by the next one', async () => {
    const before = await getPod('peas');
    const status = JSON.parse(
      await cluster.ok('$PEAPOD status --name $NAME --data-dir $DATA_DIR --json'),
    ) as {
      parts: readonly { name: string; detail: string }[];
    };
    const pid = Number(/\d+/.exec(status.parts.find(p => p.name === 'server')?.detail ?? '')?.[0]);
    const processes = podProcesses(before.metadata.uid ?? '').size;
    process.kill(pid, 'SIGKILL');
    expect(podProcesses(before.metadata.uid ?? '').size).toBe(processes);
    await cluster.ok('$PEAPOD up --name $NAME --data-dir $DATA_DIR', { timeoutMs: 60_000 });
    await cluster.ok('kubectl wait --for=condition=Ready pod/peas --timeout=60s');
    const after = await getPod('peas');
    const ids = (p: Pod) => p.status?.containerStatuses?.map(s => [s.containerID, s.restartCount]);
    expect(ids(after)).toEqual(ids(before));
    expect(after.status?.podIP).toBe(before.status?.podIP);
    expect(await exec('curl -s localhost')).toContain('Hello MyApp');
  });

  test('Peapod’s own components show as pods in kube-system, with their logs', async () => {
    const pods = await cluster.ok('kubectl get pod -n kube-system --no-headers');
    for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy']) {
      expect(pods).toMatch(new RegExp(`^${component}-\\S+\\s+1/1\\s+Running`, 'm'));
    }
    const name = /^(kube-scheduler-\S+)/m.exec(pods)?.[1];
    expect((await cluster.ok(`kubectl logs -n kube-system ${name}`)).length).toBeGreaterThan(0);
  });
});
