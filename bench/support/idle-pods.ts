/** Brings the number of idle pods in namespace default to N and waits until all are Ready. Arguments: kubeconfig, N. */
import { apiClient } from './api-client.ts';

const [kubeconfig = '', wanted = '0'] = process.argv.slice(2);
const api = apiClient(kubeconfig);
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'idle' },
  spec: {
    replicas: Number(wanted),
    selector: { matchLabels: { app: 'idle' } },
    template: {
      metadata: { labels: { app: 'idle' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'c',
            image: 'busyboxplus',
            imagePullPolicy: 'IfNotPresent',
            command: ['sh', '-c', 'sleep 1000000'],
          },
        ],
      },
    },
  },
};
const path = '/apis/apps/v1/namespaces/default/deployments';
const created = await api.call('POST', path, deployment);
if (created.status === 409) {
  await api.call('PUT', `${path}/idle`, deployment);
}
let left = 600;
for (;;) {
  const { body } = await api.call('GET', `${path}/idle`);
  const { status } = JSON.parse(body) as { status?: { availableReplicas?: number } };
  if ((status?.availableReplicas ?? 0) === Number(wanted)) break;
  if (left-- === 0) throw new Error(`Cannot get ${wanted} pods ready: ${body}`);
  await new Promise(resolve => setTimeout(resolve, 200));
}
process.exit(0);
