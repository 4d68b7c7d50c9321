/**
 * The one form of Endpoints: subsets with the same addresses share one subset with all their
 * ports, an address that is not ready for a port is not ready at all in that subset, and
 * everything is in order. Two writers of the same content store the same object.
 */
import { createHash } from 'node:crypto';
import type { EndpointAddress, EndpointPort, EndpointSubset } from '../../generated/core-v1.ts';

type Readiness = Map<EndpointAddress, boolean>;

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const addressKey = (a: EndpointAddress) => `${a.ip} ${a.targetRef?.uid ?? ''}`;
const byIpAndUid = (a: EndpointAddress, b: EndpointAddress) =>
  order(a.ip, b.ip) || order(a.targetRef?.uid ?? '', b.targetRef?.uid ?? '');
const portKey = (p: EndpointPort | undefined) =>
  p === undefined ? '' : JSON.stringify([p.name ?? '', p.port, p.protocol, p.appProtocol ?? null]);

/** Upstream orders ports by the MD5 of Go's dump of the struct; this is that dump. */
function portHash({ name = '', port, protocol = '', appProtocol }: EndpointPort): string {
  const app = appProtocol === undefined ? '(*string)<nil>' : `(*string)${appProtocol}`;
  const dump = `(core.EndpointPort){Name:(string)${name} Port:(int32)${port} Protocol:(core.Protocol)${protocol} AppProtocol:${app}}`;
  return createHash('md5').update(dump).digest('hex');
}

export function repackSubsets(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  const addresses = new Map<string, EndpointAddress>();
  const readyByPort = new Map<string, { port: EndpointPort | undefined; ready: Readiness }>();
  const record = (address: EndpointAddress, port: EndpointPort | undefined, isReady: boolean) => {
    const known = addresses.get(addressKey(address)) ?? address;
    addresses.set(addressKey(address), known);
    const entry = readyByPort.get(portKey(port)) ?? { port, ready: new Map() };
    readyByPort.set(portKey(port), entry);
    entry.ready.set(known, isReady && (entry.ready.get(known) ?? true));
  };
  for (const { addresses: ready = [], notReadyAddresses = [], ports = [] } of subsets) {
    for (const port of ports.length === 0 ? [undefined] : ports) {
      for (const address of ready) record(address, port, true);
      for (const address of notReadyAddresses) record(address, port, false);
    }
  }
  const groups = new Map<string, { ready: Readiness; ports: EndpointPort[] }>();
  for (const { port, ready } of readyByPort.values()) {
    const key = [...ready]
      .map(([a, isReady]) => `${addressKey(a)} ${isReady}`)
      .sort()
      .join();
    const group = groups.get(key) ?? { ready, ports: [] };
    groups.set(key, group);
    if (port) group.ports.push(port);
  }
  return [...groups.values()]
    .map(({ ready, ports }) => subset(ready, ports))
    .sort((a, b) => order(subsetKey(a), subsetKey(b)));
}

function subset(ready: Readiness, ports: readonly EndpointPort[]): EndpointSubset {
  const where = (wanted: boolean) =>
    [...ready]
      .filter(([, isReady]) => isReady === wanted)
      .map(([address]) => address)
      .sort(byIpAndUid);
  const [yes, no] = [where(true), where(false)];
  return {
    ...(yes.length > 0 ? { addresses: yes } : {}),
    ...(no.length > 0 ? { notReadyAddresses: no } : {}),
    ...(ports.length > 0 ? { ports: [...ports].sort((a, b) => order(portHash(a), portHash(b))) } : {}),
  };
}

const subsetKey = (s: EndpointSubset) =>
  JSON.stringify([s.addresses?.map(addressKey) ?? [], s.notReadyAddresses?.map(addressKey) ?? []]);
