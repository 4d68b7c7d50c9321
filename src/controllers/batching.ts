/**
 * How long an owner with many members waits after an event about one of them, so that the work
 * of looking at all of them is done once for many events: none up to 50 members, then a quarter
 * of a millisecond for each, 1 s at most. Small owners, which people watch, react at once.
 *
 * Refused alternative: a fixed batch period as upstream has for endpoints; it is too long for
 * three pods and too short for three thousand.
 */
const FREE = 50;
const MS_PER_MEMBER = 0.25;
const MAX_MS = 1_000;

/**
 * @param members how many pods the group has
 * @returns how long a change may wait for others, in milliseconds
 */
export function batchDelayMs(members: number): number {
  return members <= FREE ? 0 : Math.min(MAX_MS, members * MS_PER_MEMBER);
}
