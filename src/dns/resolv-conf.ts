/** The host's resolvers, from resolv.conf(5). */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Clock } from '../base/clock.ts';

/** As the C library: it knows no more than three. */
const MAX_NAMESERVERS = 3;

export function parseNameservers(text: string): readonly string[] {
  const servers: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, address = ''] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && isIP(address.split('%')[0] ?? '') !== 0) servers.push(address);
  }
  return servers.slice(0, MAX_NAMESERVERS);
}

const LOOK_AGAIN_MS = 5_000;

/**
 * The nameservers in a file that may change: looked at when somebody asks, and not more often
 * than every five seconds, so an idle server reads nothing. A file that is not there has none.
 */
export function nameserversOf(path: string, clock: Clock): () => readonly string[] {
  let lookedMs = Number.NEGATIVE_INFINITY;
  let version = '';
  let servers: readonly string[] = [];
  return () => {
    const nowMs = clock.monotonic();
    if (nowMs - lookedMs < LOOK_AGAIN_MS) return servers;
    lookedMs = nowMs;
    try {
      const { mtimeMs, ino, size } = statSync(path);
      if (version === `${mtimeMs} ${ino} ${size}`) return servers;
      version = `${mtimeMs} ${ino} ${size}`;
      servers = parseNameservers(readFileSync(path, 'utf8'));
    } catch {
      version = '';
      servers = [];
    }
    return servers;
  };
}
