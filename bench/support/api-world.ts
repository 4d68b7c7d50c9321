/** An API server in a process of its own with pods in it, and the requests that measure it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVER_FLAGS } from '../../src/cluster/lifecycle/server-process.ts';
import type { Report } from '../harness.ts';
import { Child } from './child.ts';
import { type LoadResult, load, RawConnection, requestBytes, type Target } from './raw-client.ts';

export const PODS = '/api/v1/namespaces/default/pods';
export const JSON_BODY = { 'Content-Type': 'application/json' };
export const TABLE = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
export const PROTOBUF = { Accept: 'application/vnd.kubernetes.protobuf' };
const SHARDS = 50;

export interface Usage {
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  /** Of the event loop since the last question. */
  readonly loopDelayP99Ms: number;
}

export class ApiWorld {
  readonly folder: string;
  readonly #api: Child;
  target: Target = { host: '127.0.0.1', port: 0 };
  podCount = 0;

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'peapod-bench-'));
    this.#api = new Child('./serve-api.js', [this.folder], SERVER_FLAGS);
  }

  static async start(): Promise<ApiWorld> {
    const world = new ApiWorld();
    const { port, admin } = await world.#api.read<{
      port: number;
      admin: { certificate: string; key: string };
    }>();
    world.target = { host: '127.0.0.1', port, cert: admin.certificate, key: admin.key };
    // Pods need their namespace's service account, which a controller makes in a whole cluster.
    const account = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
    });
    const path = '/api/v1/namespaces/default/serviceaccounts';
    await world.once(requestBytes('POST', path, account, JSON_BODY));
    return world;
  }

  usage(): Promise<Usage> {
    return this.#api.ask<Usage>();
  }

  /** One request on a connection of its own; its bytes and how long it took. */
  async once(request: Buffer): Promise<{ bodyBytes: number; ms: number }> {
    const connection = await RawConnection.open(this.target);
    const start = performance.now();
    const { status, bodyBytes } = await connection.send(request);
    connection.close();
    if (status > 299) throw new Error(`The server answered ${status}`);
    return { bodyBytes, ms: performance.now() - start };
  }

  /** What a path answers, as JSON: for set-up, not for measuring. */
  json<T>(path: string): Promise<T> {
    const { host, port, cert, key } = this.target;
    const options = { host, port, path, cert, key, rejectUnauthorized: false };
    return new Promise((resolve, reject) => {
      get(options, async response => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve(JSON.parse(Buffer.concat(chunks).toString()) as T);
      }).on('error', reject);
    });
  }

  async createPods(count: number): Promise<LoadResult> {
    const result = await this.load(32, count, 600, i => requestBytes('POST', PODS, podJson(i), JSON_BODY));
    this.podCount = count;
    return result;
  }

  load(
    connections: number,
    count: number,
    maxSeconds: number,
    request: (i: number) => Buffer,
  ): Promise<LoadResult> {
    return load({ target: this.target, connections, count, maxSeconds, request });
  }

  gets(
    connections: number,
    count: number,
    path: (i: number) => string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<LoadResult> {
    return this.load(connections, count, 8, i => requestBytes('GET', path(i), undefined, headers));
  }

  /** Adds how many a second, and the server's CPU for each. */
  async writes(report: Report, what: string, request: (i: number) => Buffer): Promise<LoadResult> {
    const before = await this.usage();
    const result = await this.load(32, this.podCount, 60, request);
    const after = await this.usage();
    report.add({ name: `${what}, 32 connections`, value: result.perSecond, unit: '/s' });
    const cpuMs = (after.cpuSeconds - before.cpuSeconds) * 1000;
    report.add({ name: `${what}, CPU each`, value: cpuMs / this.podCount, unit: 'ms' });
    return result;
  }

  /** The floor: a bare Node TLS server that gives the same number of bytes. */
  async bare(bytes: number, items: number, connections: number, count: number): Promise<number> {
    const files = [join(this.folder, 'pki/apiserver.crt'), join(this.folder, 'pki/apiserver.key')];
    const bare = new Child('./bare-server.js', [...files, String(bytes), String(items)]);
    const { port } = await bare.read<{ port: number }>();
    const path = items > 1 ? '/list' : '/item';
    const target = { host: '127.0.0.1', port };
    const request = () => requestBytes('GET', path);
    const { perSecond } = await load({ target, connections, count, maxSeconds: 6, request });
    bare.close();
    return perSecond;
  }

  close(): void {
    this.#api.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const podName = (i: number) => `pod-${String(i).padStart(5, '0')}`;
/** One of fifty: 100 of 5,000. */
export const ofShard = (shard: number, i: number) => podName(shard + SHARDS * i);
export const shardSelector = (shard: number) => `labelSelector=shard%3D${shard}`;

/** A pod of the size real ones have: about 1.6 KB once defaulted. */
function podJson(i: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName(i), labels: { app: 'bench', shard: String(i % SHARDS) } },
    spec: {
      schedulerName: 'none',
      containers: [
        {
          name: 'main',
          image: 'example.test/application:v1.2.3',
          env: [{ name: 'MODE', value: 'production' }],
          ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
        },
      ],
    },
  });
}
