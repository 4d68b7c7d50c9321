import type { Random } from './random.ts';

/** RFC 9562 version 4, from the injected randomness: a test's run has the same UIDs each time. */
export function newUid(random: Random): string {
  let hex = '';
  for (let i = 0; i < 8; i++)
    hex += Math.floor(random.next() * 0x10000)
      .toString(16)
      .padStart(4, '0');
  const variant = (8 + (Number.parseInt(hex.charAt(16), 16) & 3)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
