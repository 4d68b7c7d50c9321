/**
 * Which pod addresses the applied rules still send new connections to, and who waits for one to
 * go. The kubelet asks before it signals a container (`beforeStop`), so that a pod is out of the
 * rules before it stops listening.
 *
 * An endpoint that terminates and is only used because the service has no other counts as gone:
 * waiting longer would not send its clients elsewhere.
 */
import type { Clock } from '../base/clock.ts';

interface Waiter {
  readonly addresses: readonly string[];
  readonly done: (gone: boolean) => void;
}

export class ReadyAddresses {
  readonly #byService = new Map<string, ReadonlySet<string>>();
  /** How many services have the address. */
  readonly #counts = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();

  /** The rules of these services have been applied. Wakes who waited for addresses that are gone. */
  applied(services: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (const [service, addresses] of services) {
      for (const address of this.#byService.get(service) ?? []) this.#count(address, -1);
      for (const address of addresses) this.#count(address, 1);
      if (addresses.size > 0) this.#byService.set(service, addresses);
      else this.#byService.delete(service);
    }
    for (const waiter of this.#waiters) if (this.#allGone(waiter.addresses)) waiter.done(true);
  }

  has(address: string): boolean {
    return this.#counts.has(address);
  }

  get size(): number {
    return this.#counts.size;
  }

  /** Resolves true when no service has any of the addresses as ready, false after `limitMs` or an abort. */
  whenGone(
    addresses: readonly string[],
    options: { readonly clock: Clock; readonly limitMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<boolean> {
    if (this.#allGone(addresses)) return Promise.resolve(true);
    if (options.signal?.aborted) return Promise.resolve(false);
    return new Promise(resolve => {
      const abort = () => waiter.done(false);
      const timer = options.clock.schedule(options.limitMs, abort);
      const waiter: Waiter = {
        addresses,
        done: gone => {
          timer.cancel();
          options.signal?.removeEventListener('abort', abort);
          this.#waiters.delete(waiter);
          resolve(gone);
        },
      };
      options.signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  #allGone(addresses: readonly string[]): boolean {
    return addresses.every(address => !this.#counts.has(address));
  }

  #count(address: string, by: number): void {
    const count = (this.#counts.get(address) ?? 0) + by;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}
