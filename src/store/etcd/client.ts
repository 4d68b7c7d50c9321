/**
 * Calls to an etcd cluster. One member is asked at a time; when it cannot be reached, the next.
 *
 * A call that was not sent is sent again, to each member in turn, until its time is over: so a
 * member that restarts is waited for. A read whose answer got lost is asked again. A write whose
 * answer got lost is not: it may have been done, and done again it would be another write.
 */
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import {
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type Clock, sleep } from '../../base/clock.ts';
import { loadService } from '../../wire/grpc/load-service.ts';
import { StoreIoError } from '../contract.ts';
import { etcdError, failureOf } from './errors.ts';
import type {
  KeyRange,
  RangeRequest,
  RangeResponse,
  TxnRequest,
  TxnResponse,
  WatchResponse,
} from './messages.ts';

export interface EtcdTls {
  /** PEM. Absent: the authorities Node trusts. */
  readonly ca?: Buffer;
  /** PEM, both or none: how we show who we are. */
  readonly certificate?: Buffer;
  readonly key?: Buffer;
}

export interface EtcdAddress {
  /** http://HOST:PORT or https://HOST:PORT, one for each member; all of the same scheme. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls;
}

export interface EtcdClientOptions extends EtcdAddress {
  readonly clock: Clock;
  /** How long a call may take, milliseconds, from when it is made. */
  readonly timeoutMs: number;
}

interface Member {
  readonly kv: Client;
  readonly watch: Client;
  readonly streams: Set<ClientDuplexStream<object, WatchResponse>>;
}

const RPC = new URL('rpc.proto', import.meta.url);
const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 1000;

const CHANNEL = {
  // A list's page is as large as its objects.
  // Else grpc-js sends a write again by itself when its connection broke, although it may have been done.
  'grpc.enable_retries': 0,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1000,
  // A member that is gone without a word is found out; etcd allows a ping every five seconds.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/** Calls end within `timeoutMs`; they throw gRPC's ServiceError where etcd refused, else StoreIoError. */
export class EtcdClient {
  /** The endpoints, for people. */
  readonly where: string;
  readonly #members: readonly Member[];
  readonly #options: EtcdClientOptions;
  readonly #closing = new AbortController();
  #active: Member;

  constructor(options: EtcdClientOptions) {
    this.#options = options;
    this.where = options.endpoints.join(',');
    const Kv = loadService(RPC, 'etcdserverpb.KV');
    const Watch = loadService(RPC, 'etcdserverpb.Watch');
    this.#members = options.endpoints.map(endpoint => {
      const { protocol, host, hostname } = new URL(endpoint);
      const address = hostname.replace(/^\[|\]$/g, '');
      const how = protocol === 'https:' ? secure(address, options.tls) : credentials.createInsecure();
      // TLS has no names for addresses (RFC 6066); the certificate is checked all the same.
      const name = isIP(address) ? { 'grpc.ssl_target_name_override': 'etcd' } : {};
      const kv = new Kv(host, how, { ...CHANNEL, ...name });
      // One connection for both.
      return { kv, watch: new Watch(host, how, { channelOverride: kv.getChannel() }), streams: new Set() };
    });
    this.#active = this.#members[0] as Member;
  }

  range(request: RangeRequest): Promise<RangeResponse> {
    return this.#call('range', request, true);
  }

  /** @param repeatable doing it twice is the same as once */
  txn(request: TxnRequest, repeatable = false): Promise<TxnResponse> {
    return this.#call('txn', request, repeatable);
  }

  /** Doing it twice is the same as once. */
  compact(revision: number): Promise<void> {
    return this.#call('compact', { revision }, true);
  }

  deleteRange(request: KeyRange): Promise<{ readonly deleted: number }> {
    return this.#call('deleteRange', request, true);
  }

  /** A stream of the member that is asked now. It ends with an error when the member is lost. */
  watchStream(): ClientDuplexStream<object, WatchResponse> {
    const member = this.#active;
    const { watch, streams } = member;
    const method = (watch as unknown as Record<string, WatchMethod>)['watch'] as WatchMethod;
    const metadata = new Metadata();
    // A member that is cut off from the others ends its watches instead of being silent.
    metadata.set('hasleader', 'true');
    const stream = method.call(watch, metadata);
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
    stream.on('error', (error: ServiceError) => {
      if (error.code !== status.CANCELLED) this.#leave(member);
    });
    return stream;
  }

  /**
   * The member that is asked now does not answer: another is asked from now on, and watches that
   * rest on it are opened anew. It may be gone without a word, which its streams alone would not tell.
   */
  giveUp(): void {
    this.#giveUp(this.#active);
  }

  /** Calls under way fail. */
  close(): void {
    this.#closing.abort();
    for (const { kv } of this.#members) kv.close();
  }

  #giveUp(member: Member): void {
    this.#leave(member);
    for (const stream of member.streams) stream.cancel();
  }

  /** Many calls may find out at once; they leave it once. */
  #leave(member: Member): void {
    if (this.#active !== member) return;
    const next = (this.#members.indexOf(member) + 1) % this.#members.length;
    this.#active = this.#members[next] as Member;
  }

  /** @throws the ServiceError with which etcd refused; StoreIoError when it cannot be reached or does not say */
  async #call<R>(name: string, request: object, repeatable: boolean): Promise<R> {
    const { clock, timeoutMs } = this.#options;
    const end = clock.monotonic() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const member = this.#active;
      try {
        return await this.#ask<R>(member, { name, request, leftMs: end - clock.monotonic() });
      } catch (cause) {
        const error = cause as ServiceError;
        const failure = failureOf(error);
        if (failure === 'refused') throw error;
        if (error.code === status.DEADLINE_EXCEEDED) this.#giveUp(member);
        else this.#leave(member);
        if (failure === 'unknown' && !repeatable) {
          throw etcdError('tell whether the write was done: no answer from', this.where, error);
        }
        const round = Math.floor(attempt / this.#members.length);
        const wait = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** (round - 1));
        if (clock.monotonic() + wait >= end) throw etcdError('reach', this.where, error);
        if (attempt % this.#members.length === 0) await sleep(clock, wait, this.#closing.signal);
        if (this.#closing.signal.aborted) throw new StoreIoError('Cannot reach etcd: the store was closed');
      }
    }
  }

  #ask<R>(member: Member, { name, request, leftMs }: Ask): Promise<R> {
    const method = (member.kv as unknown as Record<string, UnaryMethod>)[name] as UnaryMethod;
    // Where there is another member to ask, one that is silent must not use up all of the time.
    const limitMs = this.#members.length > 1 ? leftMs / 2 : leftMs;
    return new Promise((resolve, reject) => {
      const deadline = this.#options.clock.now() + limitMs;
      method.call(member.kv, request, { deadline }, (error, response) => {
        if (error) reject(error);
        else resolve(response as R);
      });
    });
  }
}

interface Ask {
  readonly name: string;
  readonly request: object;
  readonly leftMs: number;
}

type WatchMethod = (metadata: Metadata) => ClientDuplexStream<object, WatchResponse>;
type UnaryMethod = (
  request: object,
  options: { readonly deadline: number },
  callback: (error: ServiceError | null, response: unknown) => void,
) => void;

/** @throws StoreIoError for certificates that cannot be read */
function secure(address: string, tls: EtcdTls = {}): ChannelCredentials {
  try {
    return credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.certificate ?? null, {
      checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreIoError(`Cannot use the certificates for etcd: ${reason}`, { cause });
  }
}
