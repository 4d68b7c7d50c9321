/**
 * One message in, one message out: reads a query, looks it up in the cluster or has it forwarded,
 * and writes the response. Never throws nor rejects, whatever comes in; undefined is silence.
 *
 * Answers about the cluster are made at once; only forwarding takes time.
 */
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { lookUpCluster, startOfAuthority, type ZoneOptions } from './cluster-lookup.ts';
import type { ClusterView } from './cluster-view.ts';
import type { Forwarder } from './forwarder.ts';
import {
  type Query,
  type Rcode,
  type Response,
  readQuery,
  tcpLimit,
  udpLimit,
  writeMalformed,
  writeResponse,
} from './message.ts';
import type { DnsRecord, Lookup } from './record.ts';

export interface HandlerOptions {
  readonly view: ClusterView;
  readonly zone: ZoneOptions;
  readonly forwarder: Forwarder;
  readonly random: Random;
  readonly log: Logger;
  /** False until the view is complete: until then nothing can be said about the cluster. */
  readonly isComplete: () => boolean;
}

export type Transport = 'udp' | 'tcp';

/** How many aliases are followed; a service may name itself. */
const MAX_ALIASES = 8;

export class DnsHandler {
  readonly #options: HandlerOptions;

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  /** `mayForward` false: the client has too many questions under way already. */
  handle(
    bytes: Buffer,
    transport: Transport,
    mayForward: boolean,
  ): Buffer | Promise<Buffer | undefined> | undefined {
    const query = readQuery(bytes);
    if (query === undefined) return undefined;
    if (!('question' in query)) return writeMalformed(query);
    try {
      const answer = this.#answer(query, bytes, transport, mayForward);
      return Buffer.isBuffer(answer)
        ? answer
        : answer.catch((error: unknown) => this.#failed(query, transport, error));
    } catch (error) {
      return this.#failed(query, transport, error);
    }
  }

  #answer(query: Query, bytes: Buffer, transport: Transport, mayForward: boolean): Buffer | Promise<Buffer> {
    if (query.questionClass !== 'IN' && query.questionClass !== 'ANY') return this.#refuse(query, transport);
    // Zone transfers are no questions.
    if (query.question.type === 'AXFR' || query.question.type === 'IXFR')
      return this.#refuse(query, transport);
    const { isComplete, view, zone, forwarder } = this.#options;
    const aliases: DnsRecord[] = [];
    let name = query.question.name;
    for (let i = 0; i <= MAX_ALIASES; i++) {
      const lookup = lookUpCluster({ ...query.question, name }, view, zone);
      if (lookup.kind === 'foreign') {
        if (aliases.length > 0) return this.#followAlias(query, aliases, name, transport, mayForward);
        return mayForward
          ? forwarder.forward(query, bytes, transport)
          : this.#write(query, 'REFUSED', transport);
      }
      if (!isComplete()) return this.#write(query, 'SERVFAIL', transport);
      if (lookup.kind !== 'alias') return this.#local(query, aliases, lookup, transport);
      aliases.push(...lookup.answers);
      name = lookup.target;
    }
    return this.#write(query, 'SERVFAIL', transport);
  }

  #local(query: Query, aliases: readonly DnsRecord[], lookup: Lookup, transport: Transport): Buffer {
    const { zone, random } = this.#options;
    if (lookup.kind === 'answer') {
      const answers = [...aliases, ...rotate(lookup.answers, random)];
      const additionals = lookup.additionals ?? [];
      return this.#write(query, 'NOERROR', transport, { authoritative: true, answers, additionals });
    }
    return this.#write(query, lookup.kind === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR', transport, {
      authoritative: true,
      answers: aliases,
      authorities: [startOfAuthority(zone)],
    });
  }

  /** An alias that leaves the cluster: its target is asked for, and both are one answer. */
  async #followAlias(
    query: Query,
    aliases: readonly DnsRecord[],
    target: string,
    transport: Transport,
    mayForward: boolean,
  ): Promise<Buffer> {
    const { forwarder } = this.#options;
    const found = mayForward ? await forwarder.resolve(target, query.question.type).catch(() => []) : [];
    const answers = [...aliases, ...found];
    return this.#write(query, 'NOERROR', transport, { authoritative: true, answers });
  }

  #failed(query: Query, transport: Transport, error: unknown): Buffer {
    this.#options.log.debug('question not answered', { name: query.question.name, error: String(error) });
    return this.#write(query, 'SERVFAIL', transport);
  }

  #refuse(query: Query, transport: Transport): Buffer {
    return this.#write(query, 'REFUSED', transport);
  }

  #write(query: Query, rcode: Rcode, transport: Transport, response: Partial<Response> = {}): Buffer {
    const limit = transport === 'udp' ? udpLimit(query) : tcpLimit;
    return writeResponse(query, { authoritative: false, ...response, rcode }, limit);
  }
}

/** Clients that take the first address shall not all take the same. */
function rotate(records: readonly DnsRecord[], random: Random): readonly DnsRecord[] {
  const by = Math.floor(random.next() * records.length);
  return [...records.slice(by), ...records.slice(0, by)];
}
