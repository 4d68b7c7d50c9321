/**
 * The CNI network of one node as containerd reads it: bridge and host-local give a pod its
 * interface and address, portmap its host ports. containerd adds `lo` itself.
 *
 * Masquerading is not left to the bridge plugin (ipMasq): it would add iptables rules for every
 * pod where one nft rule does for all (masquerade.ts).
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstAddress } from './cidr.ts';

export interface CniOptions {
  /** Also the prefix of the CNI library's own records: unique among the clusters of a machine. */
  readonly networkName: string;
  /** At most 15 characters. */
  readonly bridge: string;
  readonly podCIDR: string;
  /** Where host-local keeps which address is whose. */
  readonly ipamDir: string;
  /** Bytes; absent: as the kernel chooses. */
  readonly mtu?: number | undefined;
}

/** The configuration list, CNI specification 1.0.0. */
export function cniConfigList(options: CniOptions): Readonly<Record<string, unknown>> {
  const gateway = firstAddress(options.podCIDR);
  return {
    cniVersion: '1.0.0',
    name: options.networkName,
    plugins: [
      {
        type: 'bridge',
        bridge: options.bridge,
        isGateway: true,
        ipMasq: false,
        // A pod that reaches itself through a service comes back over the port it came from.
        hairpinMode: true,
        ...(options.mtu === undefined ? {} : { mtu: options.mtu }),
        ipam: {
          type: 'host-local',
          dataDir: options.ipamDir,
          ranges: [[{ subnet: options.podCIDR, gateway }]],
          routes: [{ dst: '0.0.0.0/0', gw: gateway }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
}

/** containerd takes the first file by name in the directory. */
const FILE_NAME = '10-peapod.conflist';

/** Writes the file at once (containerd watches the directory and must never read half of it). */
export async function writeCniConfig(directory: string, options: CniOptions): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, FILE_NAME);
  await writeFile(`${file}.new`, `${JSON.stringify(cniConfigList(options), null, 2)}\n`);
  await rename(`${file}.new`, file);
}
