/**
 * A short, stable name for a pod template: 32-bit FNV-1a over its canonical JSON (keys sorted,
 * absent and undefined alike), written in upstream's alphabet for generated names.
 *
 * Upstream hashes a dump of Go structures, which nobody else can reproduce; the number itself
 * therefore differs from upstream's, its form does not. It decides a name only: two templates
 * are told apart by comparing them, and a collision is stepped around with `collisionCount`.
 */
import { canonicalJson } from '../base/canonical-json.ts';
import { NAME_ALPHABET } from '../base/random.ts';

/** @param collisionCount from the owner's status: another hash for the same template */
export function templateHash(template: unknown, collisionCount = 0): string {
  const text = canonicalJson(template) + (collisionCount > 0 ? `#${collisionCount}` : '');
  return safeEncode(String(fnv32a(Buffer.from(text))));
}

function fnv32a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function safeEncode(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) out += NAME_ALPHABET[text.charCodeAt(i) % NAME_ALPHABET.length];
  return out;
}
