/**
 * A machine of network namespaces for tests with real packets: a node, pods that are attached by
 * the node's own CNI configuration and the real plugins, and a client outside. Needs root, iproute2
 * and the CNI plugins; leaves nothing behind.
 *
 *   outside 192.0.2.9 ── 192.0.2.2 node ── bridge ── pods 10.244.0.x
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../base/log.ts';
import { type CommandRunner, systemCommands } from '../../base/run-command.ts';
import { createNodeNetwork, type NodeNetwork, type NodeNetworkInfo } from '../../network/node-network.ts';

const CNI_PLUGINS = '/usr/lib/cni';

export interface LabPod {
  readonly name: string;
  readonly ip: string;
  readonly namespace: string;
  readonly commands: CommandRunner;
  readonly hostPorts: readonly HostPort[];
}

export interface HostPort {
  readonly hostPort: number;
  readonly containerPort: number;
}

/** Answers HTTP and UDP on a port with "<name> <client address>\n", on all addresses. */
const SERVER = `
const [name, port] = process.argv.slice(1);
const answer = address => name + ' ' + address.replace('::ffff:', '') + '\\n';
require('node:http').createServer((q, s) => s.end(answer(q.socket.remoteAddress))).listen(+port, '0.0.0.0', () => {
  const udp = require('node:dgram').createSocket('udp4');
  udp.on('message', (m, r) => udp.send(answer(r.address), r.port, r.address));
  udp.bind(+port, () => console.log('ready'));
});`;

export class NetLab {
  readonly nodeNamespace: string;
  /** In the node's namespace. */
  readonly node: CommandRunner;
  /** In the client's namespace; its address is OUTSIDE_ADDRESS. */
  readonly outside: CommandRunner;
  readonly network: NodeNetwork;
  readonly options;
  readonly #directory: string;
  readonly #namespaces: string[] = [];
  readonly #children = new Map<LabPod, ChildProcess>();
  readonly #root = systemCommands();

  static readonly nodeAddress = '192.0.2.2';
  static readonly outsideAddress = '192.0.2.9';

  static async create(name: string): Promise<NetLab> {
    const lab = new NetLab(name, await mkdtemp(join(tmpdir(), `${name}-`)));
    try {
      await lab.#addNamespace(lab.nodeNamespace);
      await lab.#addNamespace(`${name}-out`);
      const pair = ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0'];
      await lab.node.run(['ip', ...pair, 'netns', `${name}-out`]);
      for (const [commands, address] of [
        [lab.node, NetLab.nodeAddress],
        [lab.outside, NetLab.outsideAddress],
      ] as const) {
        await commands.run(['ip', 'address', 'add', `${address}/24`, 'dev', 'eth0']);
        await commands.run(['ip', 'link', 'set', 'eth0', 'up']);
      }
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  private constructor(name: string, directory: string) {
    this.#directory = directory;
    this.nodeNamespace = name;
    this.node = systemCommands(['ip', 'netns', 'exec', name]);
    this.outside = systemCommands(['ip', 'netns', 'exec', `${name}-out`]);
    this.options = {
      bridge: 'cni-lab',
      podCIDR: '10.244.0.0/24',
      clusterCIDR: '10.244.0.0/16',
      serviceCIDR: '10.96.0.0/12',
      table: `${name}-node`,
      networkName: name,
      configDir: join(directory, 'net.d'),
      ipamDir: join(directory, 'ipam'),
      commands: this.node,
      log: silentLogger,
    };
    this.network = createNodeNetwork(this.options);
  }

  setUpNetwork(): Promise<NodeNetworkInfo> {
    return this.network.setUp();
  }

  /** A namespace with the interface and address the CNI plugins give it. */
  async addPod(name: string, hostPorts: readonly HostPort[] = []): Promise<LabPod> {
    const namespace = `${this.nodeNamespace}-${name}`;
    await this.#addNamespace(namespace);
    const result = await this.#cni('ADD', namespace, hostPorts);
    const [{ address }] = (JSON.parse(result) as { ips: [{ address: string }] }).ips;
    return {
      name,
      ip: address.split('/')[0] ?? '',
      namespace,
      commands: systemCommands(['ip', 'netns', 'exec', namespace]),
      hostPorts,
    };
  }

  /** The node or the client outside, to serve from. */
  host(name: 'node' | 'outside'): LabPod {
    return name === 'node'
      ? { name, ip: NetLab.nodeAddress, namespace: this.nodeNamespace, commands: this.node, hostPorts: [] }
      : {
          name,
          ip: NetLab.outsideAddress,
          namespace: `${this.nodeNamespace}-out`,
          commands: this.outside,
          hostPorts: [],
        };
  }

  async removePod(pod: LabPod): Promise<void> {
    await this.stopServer(pod);
    await this.#cni('DEL', pod.namespace, pod.hostPorts);
    await this.#deleteNamespace(pod.namespace);
  }

  /** Serves HTTP and UDP in the pod; returns when it listens. */
  async serve(pod: LabPod, port = 8080): Promise<void> {
    const child = spawn(
      'ip',
      ['netns', 'exec', pod.namespace, process.execPath, '-e', SERVER, pod.name, `${port}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#children.set(pod, child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', () => reject(new Error(`the server in ${pod.name} ended`)));
    });
  }

  async stopServer(pod: LabPod): Promise<void> {
    const child = this.#children.get(pod);
    this.#children.delete(pod);
    if (!child || child.exitCode !== null) return;
    await new Promise<void>(resolve => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  }

  async close(): Promise<void> {
    for (const pod of this.#children.keys()) await this.stopServer(pod);
    for (const namespace of [...this.#namespaces].reverse()) await this.#deleteNamespace(namespace);
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #addNamespace(name: string): Promise<void> {
    await this.#root.run(['ip', 'netns', 'add', name]);
    this.#namespaces.push(name);
    await this.#root.run(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
  }

  async #deleteNamespace(name: string): Promise<void> {
    const at = this.#namespaces.indexOf(name);
    if (at < 0) return;
    this.#namespaces.splice(at, 1);
    await this.#root.run(['ip', 'netns', 'delete', name]);
  }

  /** What libcni does with a configuration list; gives the last result. */
  async #cni(command: 'ADD' | 'DEL', namespace: string, portMappings: readonly HostPort[]): Promise<string> {
    const file = await readFile(join(this.options.configDir, '10-peapod.conflist'), 'utf8');
    const list = JSON.parse(file) as { name: string; cniVersion: string; plugins: { type: string }[] };
    const plugins = command === 'ADD' ? list.plugins : [...list.plugins].reverse();
    let result = '';
    for (const plugin of plugins) {
      const config = {
        ...plugin,
        name: list.name,
        cniVersion: list.cniVersion,
        runtimeConfig: { portMappings: portMappings.map(mapping => ({ ...mapping, protocol: 'tcp' })) },
        ...(result === '' ? {} : { prevResult: JSON.parse(result) as unknown }),
      };
      const environment = [
        `CNI_COMMAND=${command}`,
        `CNI_CONTAINERID=${namespace}`,
        `CNI_NETNS=/run/netns/${namespace}`,
        'CNI_IFNAME=eth0',
        `CNI_PATH=${CNI_PLUGINS}`,
      ];
      const { stdout } = await this.node.run(['env', ...environment, join(CNI_PLUGINS, plugin.type)], {
        input: JSON.stringify(config),
      });
      if (command === 'ADD') result = stdout;
    }
    return result;
  }
}
