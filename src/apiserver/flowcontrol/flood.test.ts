import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtinKinds } from '../../api/kinds.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import { ensureClusterCertificates } from '../../cluster/certificates/cluster-certificates.ts';
import { MemoryStore } from '../../store/memory/store.ts';
import { call } from '../../testing/api-requests.ts';
import { authenticated } from '../authn/user.ts';
import { bootstrap } from '../bootstrap/bootstrap.ts';
import { StoreWatchCache } from '../cache/watch-cache.ts';
import { type ApiServer, createApiServer } from '../server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const GROUP = '/apis/flowcontrol.apiserver.k8s.io/v1';
const users = ['flooder', 'modest', 'elsewhere'];

let dir: string;
let ca: string;
let port: number;
let server: ApiServer;
let close: () => Promise<void>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-flood-'));
  const nowMs = systemClock.now();
  const pki = await ensureClusterCertificates({
    dir,
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    nowMs,
  });
  ca = pki.authority;
  const store = new MemoryStore();
  const cache = await StoreWatchCache.open({ store });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  server = createApiServer({
    store,
    cache,
    kinds: builtinKinds,
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    advertise: '127.0.0.1:6443',
    serviceAccountKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    // Every user may do everything: this is about who has to wait.
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    staticTokens: new Map(users.map(name => [name, authenticated({ name, groups: [] })])),
    concurrencyLimit: 40,
  });
  const endpoint = { address: '192.0.2.1', port: 6443, clusterIp: '10.96.0.1' };
  await bootstrap(server.core, { endpoint, namespacesOnly: true, serviceCidrs: ['10.96.0.0/16'] });
  const listening = await server.listen({ port: 0, host: '127.0.0.1', ...pki.serving, clientCa: ca });
  port = listening.port;
  close = async () => {
    await server.close();
    cache.close();
    await store.close();
  };
  await contest();
});
afterAll(async () => {
  await close();
  await rm(dir, { recursive: true, force: true });
});

/** The flooder and the modest client share a level; the third has one of its own. */
async function contest(): Promise<void> {
  const make = async (path: string, body: object) => {
    const { status, text } = await call(server, 'POST', path, { body });
    if (status !== 201) throw new Error(text);
  };
  const limitResponse = { type: 'Queue', queuing: { queues: 16, handSize: 2, queueLengthLimit: 20 } };
  const rules = (name: string) => [
    {
      subjects: [{ kind: 'User', user: { name } }],
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
    },
  ];
  for (const [name, names] of Object.entries({ contested: ['flooder', 'modest'], other: ['elsewhere'] })) {
    const limited = {
      nominalConcurrencyShares: 10,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse,
    };
    await make(`${GROUP}/prioritylevelconfigurations`, {
      metadata: { name },
      spec: { type: 'Limited', limited },
    });
    const spec = {
      matchingPrecedence: 100,
      priorityLevelConfiguration: { name },
      distinguisherMethod: { type: 'ByUser' },
      rules: names.flatMap(rules),
    };
    await make(`${GROUP}/flowschemas`, { metadata: { name }, spec });
  }
  for (let i = 0; i < 30; i++)
    await make(CONFIG_MAPS, { metadata: { name: `map-${i}` }, data: { text: 'x'.repeat(10_000) } });
}

/** Always so many lists under way: each answer is followed by the next request. */
class Flood {
  readonly answers = new Map<number, number>();
  waiting = 0;
  private readonly sessions: ClientHttp2Session[] = [];
  private on = true;

  start(sessions: number, streams: number): void {
    for (let i = 0; i < sessions; i++) {
      const session = connect(`https://127.0.0.1:${port}`, { ca });
      session.on('error', () => {});
      this.sessions.push(session);
      for (let n = 0; n < streams; n++) this.ask(session);
    }
  }

  stop(): void {
    this.on = false;
    for (const session of this.sessions) session.destroy();
  }

  private ask(session: ClientHttp2Session): void {
    if (!this.on || session.destroyed) return;
    this.waiting++;
    const stream = session.request({
      [constants.HTTP2_HEADER_PATH]: CONFIG_MAPS,
      authorization: 'Bearer flooder',
    });
    stream.on('response', headers => {
      const status = Number(headers[':status']);
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      this.waiting--;
      // Not at once: refused requests would fill this process, which is the server's too.
      setTimeout(() => this.ask(session), 30);
    });
    stream.resume();
  }
}

const agent = new Agent({ keepAlive: true });

function get(user: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${user}` };
    const outgoing = request({ host: '127.0.0.1', port, path, ca, agent, headers }, incoming => {
      incoming.resume();
      incoming.on('end', () => resolve(incoming.statusCode));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

test.each(['modest', 'elsewhere'])(
  'a client that floods the server does not starve another: %s',
  async user => {
    const flood = new Flood();
    flood.start(4, 40);
    try {
      while (!flood.answers.has(200)) await new Promise(resolve => setTimeout(resolve, 5));
      const done = () => flood.answers.get(200) ?? 0;
      const before = done();
      const rounds = 10;
      for (let i = 0; i < rounds; i++) {
        expect(await get(user, `${CONFIG_MAPS}/map-${i}`)).toBe(200);
        // All the while far more is waiting than one could be served before.
        expect(flood.waiting).toBeGreaterThan(20);
      }
      // Five lists fit into the level's seats at once; forty wait in the flow's two queues, more are refused.
      expect((done() - before) / rounds).toBeLessThan(20);
      expect([...flood.answers.keys()].sort((a, b) => a - b)).toEqual([200, 429]);
    } finally {
      flood.stop();
    }
  },
);
