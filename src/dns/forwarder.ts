/**
 * Names that are not the cluster's: asked of the host's resolvers, one after another, and
 * remembered for a short time.
 *
 * - Without resolvers the answer is SERVFAIL at once: a client that waits learns nothing more.
 * - The same question asked again while it is under way is not asked twice.
 * - The resolver that answered last is asked first.
 *
 * Limits: MAX_UNDER_WAY questions, MAX_CACHED answers of at most MAX_CACHED_BYTES, kept no longer
 * than their own time to live and MAX_CACHE_SECONDS.
 */
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { Clock } from '../base/clock.ts';
import { LruMap } from '../base/lru-map.ts';
import { type Query, readQuery } from './message.ts';
import { aged, cacheableSeconds } from './message-ttl.ts';
import type { DnsRecord } from './record.ts';
import { askUpstream, type Upstream } from './upstream.ts';

export interface ForwarderOptions {
  readonly clock: Clock;
  /** The resolvers to ask, best first. */
  readonly upstreams: () => readonly Upstream[];
  /** How long one resolver has, milliseconds. Absent: 2,000. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 2_000;
const MAX_UNDER_WAY = 512;
const MAX_CACHED = 2_000;
const MAX_CACHED_BYTES = 4_096;
const MAX_CACHE_SECONDS = 30;

interface Cached {
  readonly bytes: Buffer;
  readonly fromMs: number;
  readonly untilMs: number;
}

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #cache = new LruMap<string, Cached>(MAX_CACHED);
  readonly #underWay = new Map<string, Promise<Buffer>>();
  #lastGood = '';

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** The answer for `query`, which came as `bytes`. @throws Error when no resolver answers */
  async forward(query: Query, bytes: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer> {
    const { clock } = this.#options;
    const key = cacheKey(query, transport);
    const cached = this.#cache.get(key);
    const nowMs = clock.monotonic();
    if (cached && nowMs < cached.untilMs) {
      return aged(cached.bytes, Math.floor((nowMs - cached.fromMs) / 1000), query.id, query.questionBytes);
    }
    let asking = this.#underWay.get(key);
    if (!asking) {
      if (this.#underWay.size >= MAX_UNDER_WAY) throw new Error('too many questions are under way');
      asking = this.#ask(bytes, transport).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, asking);
      const answer = await asking;
      const seconds = Math.min(MAX_CACHE_SECONDS, cacheableSeconds(answer));
      if (seconds > 0 && answer.length <= MAX_CACHED_BYTES) {
        const fromMs = clock.monotonic();
        this.#cache.set(key, { bytes: answer, fromMs, untilMs: fromMs + seconds * 1000 });
      }
      return answer;
    }
    return aged(await asking, 0, query.id, query.questionBytes);
  }

  /**
   * The addresses and aliases a name has, for the target of a service's alias.
   * @throws Error when no resolver answers
   */
  async resolve(name: string, type: string): Promise<readonly DnsRecord[]> {
    const recordType = type === 'AAAA' ? 'AAAA' : 'A';
    const bytes = encode({
      type: 'query',
      flags: RECURSION_DESIRED,
      questions: [{ name, type: recordType }],
    });
    const query = readQuery(bytes);
    if (!query || !('question' in query)) throw new RangeError(`Cannot ask for the name "${name}"`);
    const { answers } = decode(await this.forward(query, bytes, 'udp'));
    return (answers ?? []).flatMap((answer): DnsRecord[] => {
      if (answer.type === 'CNAME') {
        return [{ type: 'CNAME', name: answer.name, ttl: answer.ttl ?? 0, target: answer.data }];
      }
      if (answer.type !== recordType) return [];
      return [{ type: recordType, name: answer.name, ttl: answer.ttl ?? 0, address: answer.data }];
    });
  }

  async #ask(bytes: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer> {
    const { clock, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const upstreams = [...this.#options.upstreams()].sort(
      (a, b) => Number(b.address === this.#lastGood) - Number(a.address === this.#lastGood),
    );
    if (upstreams.length === 0) throw new Error('this machine has no resolver');
    let failure: unknown;
    for (const upstream of upstreams) {
      try {
        const answer = await askUpstream(bytes, upstream, { clock, timeoutMs, transport });
        this.#lastGood = upstream.address;
        return answer;
      } catch (error) {
        failure = error;
      }
    }
    throw new Error('no resolver answers', { cause: failure });
  }
}

/** Everything that may change the answer. Questions of different case share one. */
function cacheKey({ question, questionClass, edns, flags }: Query, transport: string): string {
  const dnssec = edns ? `${edns.dnssecOk} ${edns.payloadBytes}` : '';
  return `${question.name.toLowerCase()} ${question.type} ${questionClass} ${flags} ${dnssec} ${transport}`;
}
