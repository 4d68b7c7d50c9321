/**
 * Brings a cluster up: makes it when there is none, starts it when it is down, and changes nothing
 * when it runs. A first start that fails, or is interrupted, leaves nothing behind.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSampleImages } from '../../../images/build.ts';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { systemCommands } from '../../base/run-command.ts';
import { readAdminEntry } from '../certificates/admin-entry.ts';
import { checkFile, mergeIntoFile, userKubeconfigPath } from '../certificates/kubeconfig-file.ts';
import { CLUSTER_OPTIONS, type Command, type CommandInput, JSON_OPTION, UsageError } from '../cli/command.ts';
import { runSteps, type Step } from '../cli/progress.ts';
import { requireRoot } from '../cli/require-root.ts';
import { checkHost, isPortFree } from '../host/checks.ts';
import { addToList, listClusters, ownNetworkNamespace } from '../host/cluster-list.ts';
import { enterMountNamespace } from '../host/namespaces.ts';
import { CACHE_DIR, type ClusterPaths } from '../layout.ts';
import { DEFAULT_PORT, newSettings, parsePort } from '../lifecycle/new-settings.ts';
import { runningServer, startServer } from '../lifecycle/server-process.ts';
import { ContentStore } from '../registry/content-store.ts';
import { loadArchive } from '../registry/load-archive.ts';
import { parseReference } from '../registry/reference.ts';
import {
  type ClusterChoice,
  type ClusterSettings,
  chooseCluster,
  readSettings,
  writeSettings,
} from '../settings.ts';
import {
  ETCD_OPTIONS,
  formatStore,
  otherStoreFlag,
  parseStore,
  type StoreSettings,
} from '../storage/settings.ts';

const OPTIONS = {
  ...CLUSTER_OPTIONS,
  port: { type: 'string', value: 'PORT', help: 'where the API server listens (6443)' },
  'kubelet-port': {
    type: 'string',
    value: 'PORT',
    help: 'where the node’s kubelet listens (10250 or the next that is free)',
  },
  'node-name': { type: 'string', value: 'NAME', help: 'the node’s name (this machine’s host name)' },
  'pod-cidr': {
    type: 'string',
    value: 'CIDR',
    help: 'the pods’ addresses (10.244.0.0/24 or the next that is free)',
  },
  'service-cidr': {
    type: 'string',
    value: 'CIDR',
    help: 'the services’ addresses (10.96.0.0/12 or the next that is free)',
  },
  store: { type: 'string', value: 'STORE', help: 'where its state is: lmdb, or etcd=URL[,URL] (lmdb)' },
  ...ETCD_OPTIONS,
  ...JSON_OPTION,
} as const;

export const up: Command = {
  usage: 'up',
  summary: 'start a cluster, and wait until its node is Ready',
  options: OPTIONS,
  words: [0, 0],
  async run(input) {
    requireRoot('up');
    await enterMountNamespace();
    const choice = chooseCluster(input.values);
    const existing = await readSettings(choice);
    if (existing) refuseChanges(existing, input);
    if (existing && (await runningServer(choice.paths))) {
      await mergeIntoFile(
        userKubeconfigPath(input.io.environment),
        await readAdminEntry(choice.paths, existing),
      );
      report(existing, choice.paths, input, 'runs already');
      return 0;
    }
    if (!existing) await refuseForeignFiles(choice.paths);
    // Before anything else is asked of the machine: a missing `ip` is told as such.
    const problems = await checkHost({
      paths: choice.paths,
      ports: {
        port: existing?.port ?? portOf('port', input.values) ?? DEFAULT_PORT,
        'kubelet-port': existing?.kubeletPort ?? portOf('kubelet-port', input.values),
      },
      commands: systemCommands(),
    });
    if (problems.length > 0) throw new UsageError(problems.join('\n'));
    await checkFile(userKubeconfigPath(input.io.environment));
    const settings = existing ?? (await settingsOf(choice, input));
    await checkStore(choice.paths, settings, existing === undefined);
    await start(choice, settings, input, existing === undefined);
    report(settings, choice.paths, input, 'is up');
    return 0;
  },
};

async function settingsOf(
  { name, paths }: ClusterChoice,
  { values }: CommandInput,
): Promise<ClusterSettings> {
  const others = await listClusters();
  const same = others.find(other => other.name === name && other.dataDir !== paths.dataDir);
  if (same && existsSync(same.dataDir)) {
    throw new UsageError(
      `a cluster named "${name}" is in ${same.dataDir}: choose another --name, or delete that one`,
    );
  }
  const text = (option: string) => values[option] as string | undefined;
  return newSettings(
    {
      name,
      port: text('port'),
      kubeletPort: text('kubelet-port'),
      nodeName: text('node-name'),
      podCidr: text('pod-cidr'),
      serviceCidr: text('service-cidr'),
      store: storeOf(values),
    },
    others,
    systemCommands(),
    isPortFree,
  );
}

const storeOf = (values: CommandInput['values']): StoreSettings =>
  parseStore('--store', (values['store'] as string | undefined) ?? 'lmdb', values);

/** That etcd answers is told before anything is started, and a new cluster takes nobody's state over. */
async function checkStore(paths: ClusterPaths, { store }: ClusterSettings, isNew: boolean): Promise<void> {
  if (!store) return;
  const { storeContents } = await import('../storage/contents.ts');
  const contents = storeContents({ store, directory: paths.store, clock: systemClock, random: systemRandom });
  if ((await contents.presence()) !== 'none' && isNew) {
    throw new UsageError(`${contents.where} has a cluster's state already: choose another --store-prefix`);
  }
}

function portOf(option: string, values: CommandInput['values']): number | undefined {
  const text = values[option];
  return typeof text === 'string' ? parsePort(text, `--${option}`) : undefined;
}

/** A start that fails, and `delete`, remove the whole directory: nobody else's files may be in it. */
async function refuseForeignFiles({ dataDir }: ClusterPaths): Promise<void> {
  const found = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError(`--data-dir ${dataDir} cannot be used (${error.code}): choose another`);
  });
  if (found.length > 0) {
    throw new UsageError(
      `--data-dir ${dataDir} holds other files and no cluster: choose an empty or new directory`,
    );
  }
}

/** Addresses and names are chosen once. */
function refuseChanges(settings: ClusterSettings, { values }: CommandInput): void {
  const fixed: readonly [option: string, current: string][] = [
    ['port', String(settings.port)],
    ['kubelet-port', String(settings.kubeletPort)],
    ['node-name', settings.nodeName],
    ['pod-cidr', settings.podCidr],
    ['service-cidr', settings.serviceCidr],
  ];
  for (const [option, current] of fixed) {
    if (values[option] !== undefined && values[option] !== current) {
      throw new UsageError(
        `cluster "${settings.name}" has --${option} ${current}: delete it to make it anew with another`,
      );
    }
  }
  const other = otherStoreFlag(settings.store, values);
  if (other) {
    throw new UsageError(
      `cluster "${settings.name}" has its state in ${formatStore(settings.store)}, not what --${other} says: move it with "peapod store copy"`,
    );
  }
}

async function start(choice: ClusterChoice, settings: ClusterSettings, input: CommandInput, isNew: boolean) {
  const { paths, name } = choice;
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  try {
    await runSteps(
      [imagesStep(paths, settings), serverStep(name, paths, interrupted.signal)],
      input.io,
      !!input.values['json'],
    );
    if (interrupted.signal.aborted) throw new UsageError('interrupted');
    await mergeIntoFile(userKubeconfigPath(input.io.environment), await readAdminEntry(paths, settings));
  } catch (error) {
    // Half a cluster is worse than none: a new one is removed, an old one is as it was before.
    const remains = { paths, settings, clock: systemClock, commands: systemCommands() };
    if (isNew) await (await import('../lifecycle/remove-cluster.ts')).removeCluster(remains);
    else await (await import('../lifecycle/stop-cluster.ts')).stopCluster(remains);
    throw interrupted.signal.aborted
      ? new UsageError('interrupted; nothing was left behind', { cause: error })
      : error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  }
}

function imagesStep(paths: ClusterPaths, settings: ClusterSettings): Step {
  return {
    title: 'Sample images',
    async run(tell) {
      const images = await buildSampleImages({
        cacheDir: join(CACHE_DIR, 'images'),
        onBuild: reference => tell(`making ${reference.replace('docker.io/library/', '')}`),
      });
      await mkdir(paths.dataDir, { recursive: true, mode: 0o711 });
      await writeSettings(paths, settings);
      await addToList({ ...settings, dataDir: paths.dataDir, networkNamespace: ownNetworkNamespace() });
      const store = new ContentStore(paths.registry);
      for (const { reference, path } of images) {
        if (!(await store.resolve(parseReference(reference)))) await loadArchive({ store, path });
      }
    },
  };
}

function serverStep(name: string, paths: ClusterPaths, signal: AbortSignal): Step {
  return { title: 'Cluster', run: tell => startServer({ name, paths, onStep: tell, signal }) };
}

function report(
  settings: ClusterSettings,
  paths: ClusterPaths,
  { io, values }: CommandInput,
  what: string,
): void {
  const { name, port, nodeName } = settings;
  if (values['json']) {
    io.out(
      `${JSON.stringify({ name, server: `https://127.0.0.1:${port}`, nodeName, dataDir: paths.dataDir, context: name })}\n`,
    );
    return;
  }
  io.out(`Cluster "${name}" ${what}: https://127.0.0.1:${port}, kubectl context "${name}".\n`);
  if (what === 'runs already') return;
  io.out(`
Try:
  kubectl get nodes                      (no kubectl? bin/peapod kubectl get nodes)
  kubectl create deployment myapp --image=myapp:v1 --replicas=3
  kubectl expose deployment myapp --port=80
  kubectl get pods,svc -o wide
  kubectl run demo --image=busyboxplus -it
`);
}
