/**
 * Takes `fields` from the stored object, whatever the client sent: what an update may not touch
 * (status on the main resource, spec on /status) stays as it was.
 */
export function carryOver<T extends object>(next: T, old: T, ...fields: readonly (keyof T)[]): void {
  for (const field of fields) {
    if (old[field] === undefined) Reflect.deleteProperty(next, field);
    else next[field] = old[field];
  }
}

/** For kinds whose status changes through /status alone. */
export function keepStatus<T extends { status?: unknown }>(next: T, old: T): void {
  carryOver(next, old, 'status');
}
