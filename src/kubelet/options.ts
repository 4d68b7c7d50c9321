/** What a kubelet is made with: whom it talks to, what its node is, where it keeps things. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { ContainerRuntime } from './cri/contract.ts';
import type { Directories } from './directories.ts';
import type { OperatingSystem } from './os.ts';
import type { KubeletServerOptions } from './server/server.ts';

export interface KubeletOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly cri: ContainerRuntime;
  readonly nodeName: string;
  /** The node's addresses, the first one first in pods' status.hostIPs. */
  readonly nodeIPs: readonly string[];
  /** Absent: nodeName. */
  readonly hostname?: string;
  /** spec.podCIDRs of the Node, when nobody else assigns them. */
  readonly podCIDRs?: readonly string[];
  /** Additional labels of the Node. */
  readonly nodeLabels?: Readonly<Record<string, string>>;
  readonly clusterDNS: readonly string[];
  /** cluster.local */
  readonly clusterDomain: string;
  readonly dirs: Directories;
  /** Above the cgroups of pods: /peapod-default. */
  readonly cgroupRoot: string;
  /** v1.36.2+peapod */
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Absent: the machine's. */
  readonly os?: OperatingSystem;
  /** Absent: /etc/resolv.conf; pods that use the node's DNS get what it says. */
  readonly resolvConf?: string;
  /** Absent: /etc/hosts. */
  readonly hostsFile?: string;
  /** Absent: 110. */
  readonly maxPods?: number;
  /** Where this kubelet can be asked over HTTPS, and what /logs/ shows there; absent: nowhere. */
  readonly server?: KubeletServerOptions & { readonly logDirectory: string };
  /** Whether the image of that full name was loaded into the node instead of pulled. Absent: none. */
  readonly isLoadedImage?: (image: string) => Promise<boolean>;
  /**
   * Awaited between a pod's deletion and the first SIGTERM, so that no rule sends it traffic any
   * more: the proxy's beforeStop. Must end by itself.
   */
  readonly beforeStop?: (podIPs: readonly string[]) => Promise<unknown>;
}
