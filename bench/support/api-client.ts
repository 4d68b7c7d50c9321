/** The few API calls the pod benchmarks make, over HTTPS with a kubeconfig's client certificate. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import type { Pod } from '../../src/generated/core-v1.ts';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

export interface ApiClient {
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }>;
  /** Calls `onEvent` for each event until the returned function is called. */
  watch(path: string, onEvent: (type: string, object: Pod) => void): Promise<() => void>;
}

export function apiClient(kubeconfigFile: string): ApiClient {
  const config = parse(readFileSync(kubeconfigFile, 'utf8')) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  if (!cluster || !user) throw new Error(`Cannot use ${kubeconfigFile}: it has no cluster or no user`);
  const decode = (text: string) => Buffer.from(text, 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  });
  const url = new URL(cluster.server);
  const options = (method: string, path: string) => ({
    agent,
    host: url.hostname,
    port: url.port,
    method,
    path,
    headers: { 'Content-Type': 'application/json' },
  });
  return {
    call: (method, path, body) =>
      new Promise((resolve, reject) => {
        const outgoing = request(options(method, path), response => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        });
        outgoing.on('error', reject);
        outgoing.end(body === undefined ? undefined : JSON.stringify(body));
      }),
    watch: (path, onEvent) =>
      new Promise((resolve, reject) => {
        const outgoing = request(options('GET', path), response => {
          let rest = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            const lines = (rest + chunk).split('\n');
            rest = lines.pop() ?? '';
            for (const line of lines) {
              const event = JSON.parse(line) as { type: string; object: Pod };
              onEvent(event.type, event.object);
            }
          });
          resolve(() => outgoing.destroy());
        });
        outgoing.on('error', reject);
        outgoing.end();
      }),
  };
}
