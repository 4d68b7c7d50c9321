/** What /proc/<pid>/stat says of a process (proc(5)). */

/**
 * A pid may be used again, so a process is known by its pid and this.
 * @returns when it started, in ticks since boot; undefined for a zombie, which has let go of everything
 *   and only waits for its parent
 */
export function startTicks(stat: string): number | undefined {
  // The name, in parentheses, may contain anything; what follows the last one is regular.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : Number(fields[19]);
}
