/**
 * The network of one node: its bridge, its rules, its CNI configuration, its address.
 *
 * `setUp` comes before the node registers and before containerd starts a pod; it is idempotent,
 * and running pods notice nothing. `tearDown` leaves no bridge, interface, route, table or record,
 * but net.ipv4.ip_forward, which others may rely on by then.
 *
 * Everything happens in the network namespace `commands` run in, so a further node on the same
 * machine differs from the first by its options only.
 */
import { aborted } from '../base/abort.ts';
import type { Logger } from '../base/log.ts';
import type { CommandRunner } from '../base/run-command.ts';
import { writeCniConfig } from './cni-config.ts';
import { removeCniRecords } from './cni-records.ts';
import { changeForwarding, planForwardAccept, planForwardRemoval } from './forward-policy.ts';
import { applySteps } from './host-apply.ts';
import { gatewayOf, type HostSpec, planHostSetUp, planHostTearDown } from './host-plan.ts';
import { removeHostPorts } from './host-ports.ts';
import { observeAddresses, observeHost } from './host-state.ts';
import { chooseNodeAddress } from './node-address.ts';

export interface NodeNetworkOptions extends HostSpec {
  readonly commands: CommandRunner;
  readonly log: Logger;
  /** The CNI network's name: unique among the clusters of a machine. */
  readonly networkName: string;
  /** Where containerd looks for its network (plugins."io.containerd.grpc.v1.cri".cni.conf_dir). */
  readonly configDir: string;
  readonly ipamDir: string;
  /** Bytes; absent: as the kernel chooses. */
  readonly mtu?: number;
  /** The node's address; absent: chosen (node-address.ts). */
  readonly nodeAddress?: string;
  /** Absent: libcni's. */
  readonly resultsDir?: string;
}

export interface NodeNetworkInfo {
  readonly nodeAddress: string;
  /** For people: why this address. */
  readonly nodeAddressReason: string;
  /** The bridge's own address: pods reach the host here. */
  readonly gateway: string;
  /**
   * Whether packets between pods of this node pass nft. If not, give the pod CIDR to the proxy
   * as `masqueradeWithin`: services work, but their pods see the bridge's address as client.
   */
  readonly bridgeNetfilter: boolean;
}

interface NetworkHealth {
  readonly healthy: boolean;
  readonly message: string;
  /** What works less well than it could, for people. */
  readonly warnings: readonly string[];
}

export interface NodeNetwork {
  /** @throws Error with what could not be done and why; RangeError for options that cannot be. */
  setUp(): Promise<NodeNetworkInfo>;
  tearDown(): Promise<void>;
  /** Sets up if that was not done, and is there until `signal` is aborted; the network stays. */
  run(signal: AbortSignal): Promise<void>;
  health(): NetworkHealth;
}

export function createNodeNetwork(options: NodeNetworkOptions): NodeNetwork {
  return new BridgeNetwork(options);
}

/** IFNAMSIZ without its end. */
const MAX_INTERFACE_NAME = 15;

class BridgeNetwork implements NodeNetwork {
  readonly #options: NodeNetworkOptions;
  #info: NodeNetworkInfo | undefined;
  #error = 'not set up';
  #warnings: readonly string[] = [];

  constructor(options: NodeNetworkOptions) {
    if (options.bridge.length > MAX_INTERFACE_NAME) {
      throw new RangeError(
        `Cannot use bridge name "${options.bridge}": at most ${MAX_INTERFACE_NAME} characters are allowed`,
      );
    }
    this.#options = options;
  }

  async setUp(): Promise<NodeNetworkInfo> {
    try {
      this.#info = await this.#setUp();
      this.#error = '';
      return this.#info;
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  async tearDown(): Promise<void> {
    const { commands, log } = this.#options;
    this.#error = 'torn down';
    this.#info = undefined;
    const state = await observeHost(commands, this.#options);
    await applySteps(planHostTearDown(this.#options, state), { commands, log });
    await changeForwarding(commands, this.#options.bridge, planForwardRemoval);
    await removeHostPorts(commands, this.#options.networkName);
    await removeCniRecords(this.#options);
  }

  async run(signal: AbortSignal): Promise<void> {
    if (!this.#info) await this.setUp();
    await aborted(signal);
  }

  health(): NetworkHealth {
    return { healthy: this.#error === '', message: this.#error, warnings: this.#warnings };
  }

  async #setUp(): Promise<NodeNetworkInfo> {
    const { commands, log, bridge } = this.#options;
    let state = await observeHost(commands, this.#options);
    if (!state.bridgeNetfilter && (await loadBridgeNetfilter(commands))) {
      state = await observeHost(commands, this.#options);
    }
    this.#warnings = state.bridgeNetfilter
      ? []
      : [
          'the kernel module br_netfilter is missing: pods that reach a pod of their own node through a service are seen with the address of the bridge',
        ];
    for (const warning of this.#warnings) log.warn(warning);

    const steps = planHostSetUp(this.#options, state);
    await applySteps(steps, { commands, log });
    if (await changeForwarding(commands, bridge, planForwardAccept)) {
      log.info('the machine drops forwarded packets: those of pods are let through', { bridge });
    }
    const gateway = gatewayOf(this.#options);
    const { address, reason } = chooseNodeAddress({
      requested: this.#options.nodeAddress,
      ...(await observeAddresses(commands)),
      bridge,
      gateway,
    });
    await writeCniConfig(this.#options.configDir, this.#options);
    log.info('network set up', { bridge, gateway, nodeAddress: address, reason, steps: steps.length });
    return {
      nodeAddress: address,
      nodeAddressReason: reason,
      gateway,
      bridgeNetfilter: state.bridgeNetfilter,
    };
  }
}

/** false: it is not there to load, or may not be loaded. */
async function loadBridgeNetfilter(commands: CommandRunner): Promise<boolean> {
  try {
    await commands.run(['modprobe', 'br_netfilter']);
    return true;
  } catch {
    return false;
  }
}
