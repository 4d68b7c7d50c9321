/** Bytes and errors of network interfaces, from /proc/<pid>/net of a process in the namespace. Pure. */

export interface InterfaceUsage {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}

/** Reads /proc/net/dev. Loopback is nobody's traffic. */
export function parseNetDev(text: string): InterfaceUsage[] {
  return text.split('\n').flatMap(line => {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    if (name === '' || name === 'lo') return [];
    // receive: bytes packets errs drop fifo frame compressed multicast; transmit: bytes packets errs …
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const [rxBytes = 0, , rxErrors = 0] = fields;
    const [txBytes = 0, , txErrors = 0] = fields.slice(8);
    return [{ name, rxBytes, rxErrors, txBytes, txErrors }];
  });
}

/** Of /proc/net/route: the interface of the default route; undefined where there is none. */
export function defaultInterface(text: string): string | undefined {
  for (const line of text.split('\n').slice(1)) {
    const [name, destination, , , , , , mask] = line.split('\t');
    if (destination === '00000000' && mask === '00000000') return name;
  }
  return undefined;
}
