/**
 * GET ?watch: events as JSON lines or protobuf frames until the client goes, the timeout passes, the server closes or
 * the client falls too far behind; then the stream ends cleanly and the client resumes from the
 * last version it saw. Where that is too old, upstream's stream begins all the same, and ends with an
 * ERROR event that says so.
 */
import type { KubeObject } from '../../api/object.ts';
import { badRequest, isStatusError, type StatusError } from '../../api/status-error.ts';
import { TimeSlice } from '../../base/time-slice.ts';
import type { Revision } from '../../store/contract.ts';
import { batchLines, eventLine } from '../cache/cache-event.ts';
import type { CachedObject, CacheEvent } from '../cache/contract.ts';
import { inMetaVersion } from '../codec/meta-version.ts';
import { type Negotiated, negotiateStream, PROTOBUF } from '../codec/negotiate.ts';
import { partialObjectMetadata } from '../codec/partial.ts';
import { protobufBatch, protobufEvent, protobufObjectEvent } from '../codec/protobuf.ts';
import { includeObjectOf, tableOf } from '../codec/table.ts';
import type { ResourceExchange } from '../exchange.ts';
import { bookmark, type WatchEventType, type Watcher, watchObjects } from '../operations/watch.ts';
import type { ApiResponse, ByteSink } from '../request.ts';
import { type ListOptions, listOptions } from './list-options.ts';
import { WatchOutbox } from './watch-outbox.ts';

interface WatchLimits {
  /** What may wait for a slow client. */
  readonly maxBacklogBytes: number;
  readonly bookmarkIntervalMs: number;
  /** Upstream ends watches after 30 to 60 minutes, so that clients spread over servers. */
  readonly minTimeoutSeconds: number;
}

const defaultWatchLimits: WatchLimits = {
  maxBacklogBytes: 16 * 1024 * 1024,
  bookmarkIntervalMs: 60_000,
  minTimeoutSeconds: 1800,
};

/** Of the initial state, between two looks at what the client has taken. */
const PIECE_BYTES = 256 * 1024;

export async function watch(exchange: ResourceExchange, limits = defaultWatchLimits): Promise<ApiResponse> {
  const { request, resource } = exchange;
  const form = negotiateStream(request.header('accept'), resource.definition);
  const options = listOptions(resource.definition, request.query, true);
  checkPathAgainst(options, exchange);
  // Checked before the stream begins: afterwards there is no status to answer with.
  if (form.transform === 'Table') includeObjectOf(request.query);
  const stream = new WatchStream(exchange, form, options, limits);
  try {
    await stream.open();
  } catch (error) {
    if (!isStatusError(error, 'Expired')) throw error;
    stream.fail(error);
  }
  return {
    status: 200,
    contentType: form.mediaType === PROTOBUF ? `${PROTOBUF};stream=watch` : form.mediaType,
    body: sink => stream.run(sink),
  };
}

/** The name in the path is a selector of its own; no other can stand beside it. @throws StatusError 400 */
function checkPathAgainst({ selection }: ListOptions, { target }: ResourceExchange): void {
  if (target.name !== '' && selection.hasFields && selection.name !== target.name)
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
}

/**
 * Events that come between the opening of the cache's watch and the first byte of the answer wait
 * in the outbox: opening first lets a refused version be a proper status instead of a broken stream.
 */
class WatchStream implements Watcher {
  private readonly outbox: WatchOutbox;
  private initial: Iterable<CachedObject> = [];
  private finish: () => void = () => {};
  private ended = false;
  private stop: () => void = () => {};
  private firstTable = true;

  constructor(
    private readonly exchange: ResourceExchange,
    private readonly form: Negotiated,
    private readonly options: ListOptions,
    private readonly limits: WatchLimits,
  ) {
    const { core, info } = exchange;
    this.outbox = new WatchOutbox({
      clock: core.clock,
      maxBacklogBytes: limits.maxBacklogBytes,
      onTooSlow: pendingBytes => {
        core.log.warn('watcher is too slow, its stream is ended', { path: info.path, pendingBytes });
        this.end();
      },
    });
  }

  async open(): Promise<void> {
    const { core, target, resource } = this.exchange;
    const watch = await watchObjects(core, target, this.options, this);
    const forget = core.resources.onRedefined(resource, () => this.end());
    this.stop = () => {
      watch.stop();
      forget();
    };
  }

  /** Its only event. */
  fail(error: StatusError): void {
    const status = error.toStatus();
    this.outbox.add(this.protobuf ? protobufEvent('ERROR', status) : lineOf('ERROR', status));
    this.end();
  }

  async run(sink: ByteSink): Promise<void> {
    const { clock, random } = this.exchange.core;
    const base = this.limits.minTimeoutSeconds;
    const asked = this.options.timeoutSeconds ?? 0;
    // No time at all is a time too.
    const seconds = asked === 0 ? base * (1 + random.next()) : Math.max(0, asked);
    const timeout = clock.schedule(seconds * 1000, () => this.end());
    const stopBookmarks = this.options.allowWatchBookmarks ? this.scheduleBookmarks() : () => {};
    const aborted = () => this.end();
    sink.signal.addEventListener('abort', aborted, { once: true });
    try {
      await this.sendInitial(sink);
      this.outbox.open(sink);
      if (!this.ended && !sink.signal.aborted)
        await new Promise<void>(resolve => {
          this.finish = resolve;
        });
    } finally {
      timeout.cancel();
      stopBookmarks();
      sink.signal.removeEventListener('abort', aborted);
      this.stop();
    }
  }

  /**
   * The state at the beginning, as fast as the client takes it: 200 watchers of 5,000 pods need not
   * have 200 lists in memory. What happens meanwhile waits in the outbox.
   */
  private async sendInitial(sink: ByteSink): Promise<void> {
    const slice = new TimeSlice(this.exchange.core.clock);
    let [chunks, size]: [Buffer[], number] = [[], 0];
    for (const object of this.initial) {
      if (this.ended || sink.signal.aborted) return;
      const chunk = this.encoded('ADDED', object, undefined);
      if (!chunk) return;
      chunks.push(chunk);
      size += chunk.length;
      if (size >= PIECE_BYTES) {
        sink.write(Buffer.concat(chunks));
        [chunks, size] = [[], 0];
        await sink.drained();
      }
      await slice.turn();
    }
    if (size > 0) sink.write(Buffer.concat(chunks));
    this.initial = [];
  }

  onInitial(objects: Iterable<CachedObject>): void {
    this.initial = objects;
  }

  onBatch(events: readonly CacheEvent[]): boolean {
    if (this.form.transform !== 'none') return false;
    let chunk: Buffer;
    try {
      chunk = this.protobuf ? protobufBatch(this.exchange.resource, events) : batchLines(events);
    } catch {
      // One by one it shows which cannot be encoded.
      return false;
    }
    this.write(chunk);
    return true;
  }

  onEvent(type: WatchEventType, object: CachedObject, line: (() => Buffer) | undefined): void {
    if (this.ended) return;
    const chunk = this.encoded(type, object, line);
    if (chunk) this.outbox.add(chunk);
  }

  /** Undefined: it cannot be shown. That ends this stream, after what came before, not the delivery to others. */
  private encoded(
    type: WatchEventType,
    object: CachedObject,
    line: (() => Buffer) | undefined,
  ): Buffer | undefined {
    try {
      return this.encodeEvent(type, object, line);
    } catch (error) {
      this.exchange.core.log.error('cannot encode a watch event', { key: object.key, error });
      this.end();
      return undefined;
    }
  }

  onBatchEnd(): void {
    this.outbox.send();
  }

  private encodeEvent(type: WatchEventType, object: CachedObject, line: (() => Buffer) | undefined): Buffer {
    const { resource } = this.exchange;
    if (this.protobuf && this.form.transform === 'none') return protobufObjectEvent(type, resource, object);
    if (this.plain && !resource.converts) return line ? line() : eventLine(type, object);
    return this.encode(type, this.transform(resource.present(object)));
  }

  onInitialEventsEnd(at: Revision): void {
    if (this.options.allowWatchBookmarks) this.writeBookmark(at, true);
  }

  onEnd(): void {
    this.end();
  }

  private get plain(): boolean {
    return this.form.transform === 'none' && !this.protobuf;
  }

  private get protobuf(): boolean {
    return this.form.mediaType === PROTOBUF;
  }

  private transform(object: unknown): unknown {
    const { resource, core, request } = this.exchange;
    const kubeObject = object as Parameters<typeof partialObjectMetadata>[0];
    if (this.form.transform === 'none') return kubeObject;
    if (this.form.transform !== 'Table') return partialObjectMetadata(kubeObject, resource.definition);
    const withoutColumns = !this.firstTable;
    this.firstTable = false;
    return tableOf([kubeObject], {
      definition: resource.definition,
      nowMs: core.clock.now(),
      include: includeObjectOf(request.query),
      metadata: { resourceVersion: kubeObject.metadata.resourceVersion },
      withoutColumns,
    });
  }

  private writeBookmark(at: Revision, initialEventsEnd: boolean): void {
    const object = bookmark(this.exchange.resource, at, initialEventsEnd);
    // There is nothing of a bookmark to put into a row.
    const shown = this.form.transform === 'Table' ? this.emptyTable(object) : this.transform(object);
    this.write(this.encode('BOOKMARK', shown));
  }

  private emptyTable({ metadata }: KubeObject): unknown {
    return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: null, rows: [] };
  }

  private scheduleBookmarks(): () => void {
    const { core } = this.exchange;
    const every = this.limits.bookmarkIntervalMs;
    const arm = () =>
      core.clock.schedule(every, () => {
        this.writeBookmark(core.cache.revision, false);
        timer = arm();
      });
    let timer = arm();
    return () => timer.cancel();
  }

  private encode(type: string, object: unknown): Buffer {
    if (this.protobuf) return protobufEvent(type, object);
    const shown = this.form.transform === 'none' ? object : inMetaVersion(object, this.form.metaVersion);
    return lineOf(type, shown);
  }

  private write(chunk: Buffer): void {
    if (this.ended) return;
    this.outbox.add(chunk);
    this.outbox.send();
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.outbox.flush();
    this.stop();
    this.finish();
  }
}

const lineOf = (type: string, object: unknown): Buffer =>
  Buffer.from(`${JSON.stringify({ type, object })}\n`);
