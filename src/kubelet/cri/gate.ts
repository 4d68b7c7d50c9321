/**
 * Lets only so many of the runtime's expensive calls run at once. Each costs tens of milliseconds
 * of CPU in several processes (shim, runc, CNI plugins): thirty at once on two cores all end late,
 * four at a time end one after another, and the last no later.
 *
 * What brings a pod to its end of the queue goes first: containers of pods that have a sandbox,
 * then new sandboxes, then the removal of what nobody waits for.
 */
export type GatePriority = 'finish' | 'begin' | 'clean';

const ORDER: readonly GatePriority[] = ['finish', 'begin', 'clean'];

export class Gate {
  readonly #limit: number;
  readonly #waiting: Readonly<Record<GatePriority, (() => void)[]>> = { finish: [], begin: [], clean: [] };
  #running = 0;

  /** `limit`: calls at once, 1 or more. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(priority: GatePriority, call: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) {
      await new Promise<void>(resolve => {
        this.#waiting[priority].push(resolve);
      });
    } else this.#running++;
    try {
      return await call();
    } finally {
      // The place is handed on, not given back: nobody who comes now can take it first.
      const next = ORDER.map(p => this.#waiting[p])
        .find(queue => queue.length > 0)
        ?.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
