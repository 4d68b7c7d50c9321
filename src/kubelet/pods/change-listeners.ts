/** Who wants to know when the state of one pod has changed: readers that follow its logs. */
export class ChangeListeners {
  readonly #byPod = new Map<string, Set<() => void>>();

  tell(uid: string): void {
    for (const listener of this.#byPod.get(uid) ?? []) listener();
  }

  /** Returns the function that takes the listener off. */
  add(uid: string, listener: () => void): () => void {
    const listeners = this.#byPod.get(uid) ?? new Set();
    this.#byPod.set(uid, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#byPod.get(uid) === listeners) this.#byPod.delete(uid);
    };
  }
}
