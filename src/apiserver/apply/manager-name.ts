/** The name under which a writer's fields are kept. */

const MAX_BYTES = 128;

/**
 * ?fieldManager, or what stands before the first slash of the User-Agent without characters that
 * cannot be printed, at most 128 bytes; `unknown` when nothing is left.
 */
export function managerName(fieldManager: string | null, userAgent: string | undefined): string {
  if (fieldManager) return fieldManager;
  let name = '';
  let bytes = 0;
  for (const character of (userAgent ?? '').split('/', 1)[0] ?? '') {
    if (character !== ' ' && !/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_BYTES) break;
    name += character;
  }
  return name === '' ? UNKNOWN_MANAGER : name;
}

export const UNKNOWN_MANAGER = 'unknown';
