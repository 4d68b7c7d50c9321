// Pods, Services and the node's kubelet, asked through the API server by the real kubectl.
// One cluster for all tests of the file.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Node, PodList } from '../src/generated/core-v1.ts';
import { startCluster, type TestCluster } from './support/cluster.ts';

interface Usage {
  readonly cpu?: { readonly usageCoreNanoSeconds: number; readonly usageNanoCores?: number };
  readonly memory?: { readonly workingSetBytes: number; readonly availableBytes?: number };
  readonly network?: { readonly name: string; readonly rxBytes?: number };
}
interface Summary {
  readonly node: Usage & { readonly nodeName: string; readonly fs?: { readonly capacityBytes: number } };
  readonly pods: readonly (Usage & {
    readonly podRef: { readonly name: string };
    readonly containers: readonly (Usage & {
      readonly name: string;
      readonly logs?: { readonly usedBytes: number };
    })[];
  })[];
}

const POD = '/api/v1/namespaces/default/pods/web/proxy';
const SERVICE = '/api/v1/namespaces/default/services/web:80/proxy';

describe('the proxy of the API server', () => {
  let cluster: TestCluster;
  let node: string;
  beforeAll(async () => {
    cluster = await startCluster('--node-name n1');
    node = '/api/v1/nodes/n1/proxy';
    await cluster.ok('kubectl run web --image=myapp:v1 --port=80 --expose');
    await cluster.ok('kubectl wait --for=condition=Ready pod/web --timeout=60s');
  });
  afterAll(async () => {
    await cluster?.close();
  });
  const raw = (path: string) => cluster.ok(`kubectl get --raw '${path}'`);

  test('Proxy through apiserver to a Service, and to its pod', async () => {
    expect(await raw(`${POD}/hostname.html`)).toBe('web\n');
    await cluster.ok(`until kubectl get --raw ${SERVICE}/hostname.html; do sleep 0.1; done`);
    expect(await raw(`${SERVICE}/hostname.html`)).toBe('web\n');
    const { output, code } = await cluster.run(
      'kubectl get --raw /api/v1/namespaces/default/pods/web:81/proxy/',
    );
    expect(code).toBe(1);
    expect(output).toContain('error trying to reach service: dial tcp');
    expect(output).toContain(':81: connect: connection refused');
  });

  test('Kubectl, proxy port zero: a local port leads to the API, and through it to pods', async () => {
    const output = await cluster.ok(`
      kubectl proxy --port=0 > "$DATA_DIR/proxy.out" & proxy=$!
      until grep -q Starting "$DATA_DIR/proxy.out"; do sleep 0.1; done
      at=$(grep -o '127[0-9.:]*' "$DATA_DIR/proxy.out")
      curl -s http://$at/api/
      curl -s http://$at${POD}/hostname.html
      curl -s -o /dev/null -w '%{http_code} %{redirect_url}\\n' http://$at${POD}
      kill $proxy`);
    expect(output).toMatch(/"versions": \[\s+"v1"/);
    expect(output).toContain('web\n');
    expect(output).toMatch(new RegExp(`301 http://127[0-9.:]+${POD}/\n`));
  });

  test('Kubectl, proxy socket: a unix socket leads to the API', async () => {
    const output = await cluster.ok(`
      kubectl proxy --unix-socket="$DATA_DIR/proxy.sock" > /dev/null & proxy=$!
      until [ -S "$DATA_DIR/proxy.sock" ]; do sleep 0.1; done
      curl -s --unix-socket "$DATA_DIR/proxy.sock" http://localhost/api/
      kill $proxy`);
    expect(output).toMatch(/"versions": \[\s+"v1"/);
  });

  test('the node says where its kubelet listens, and the kubelet has real numbers', async () => {
    const { status } = JSON.parse(await cluster.ok('kubectl get node n1 -o json')) as Node;
    expect(status?.daemonEndpoints?.kubeletEndpoint?.Port).toBe(10250);
    await cluster.ok('kubectl exec web -- sh -c "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"');
    const summary = JSON.parse(await raw(`${node}/stats/summary`)) as Summary;
    expect(summary.node.nodeName).toBe('n1');
    expect(summary.node.cpu?.usageCoreNanoSeconds).toBeGreaterThan(0);
    expect(summary.node.memory?.availableBytes).toBeGreaterThan(0);
    expect(summary.node.fs?.capacityBytes).toBeGreaterThan(0);
    const pod = summary.pods.find(({ podRef }) => podRef.name === 'web');
    expect(pod?.network).toMatchObject({ name: 'eth0', rxBytes: expect.any(Number) });
    const container = pod?.containers.find(({ name }) => name === 'web');
    expect(container?.cpu?.usageCoreNanoSeconds).toBeGreaterThan(10_000_000);
    expect(container?.memory?.workingSetBytes).toBeGreaterThan(100_000);
    // What one container uses is a part of its pod's use, and that of the node's.
    expect(pod?.cpu?.usageCoreNanoSeconds).toBeGreaterThanOrEqual(container?.cpu?.usageCoreNanoSeconds ?? 0);
  });

  test('metrics, pods, configuration and health of the kubelet', async () => {
    expect(await raw(`${node}/healthz`)).toBe('ok');
    const pods = JSON.parse(await raw(`${node}/pods`)) as PodList;
    expect(pods.items.find(({ metadata }) => metadata.name === 'web')?.status?.phase).toBe('Running');
    expect(await raw(`${node}/runningpods/`)).toContain('"name":"web"');
    expect(await raw(`${node}/configz`)).toContain('"cgroupDriver":"cgroupfs"');
    expect(await raw(`${node}/metrics/resource`)).toMatch(
      /^container_memory_working_set_bytes\{container="web",namespace="default",pod="web"\} [1-9]\d+ \d+$/m,
    );
    expect(await raw(`${node}/metrics/cadvisor`)).toMatch(
      /^container_cpu_usage_seconds_total\{container="web",/m,
    );
    expect(await raw(`${node}/metrics`)).toMatch(/^kubelet_running_pods [1-9]/m);
  });

  test('Proxy, logs endpoint: the node’s log files, and those of containers', async () => {
    expect(await raw(`${node}/logs/`)).toContain('<a href="kubelet.log">');
    expect(await raw('/api/v1/nodes/n1:10250/proxy/logs/kubelet.log')).toContain('"level":"info"');
    await raw(`${POD}/from-the-test`).catch(() => {});
    expect(await raw(`${node}/containerLogs/default/web/web?tailLines=100`)).toContain('from-the-test');
  });

  test('nobody gets at the kubelet past the API server', async () => {
    expect(await cluster.ok('curl -sk https://127.0.0.1:10250/pods')).toBe('Unauthorized\n');
    const token = (await cluster.ok('kubectl create token default')).trim();
    expect(
      await cluster.ok(`curl -sk -H 'Authorization: Bearer ${token}' https://127.0.0.1:10250/pods`),
    ).toBe(
      'Forbidden (user=system:serviceaccount:default:default, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    );
  });
});
