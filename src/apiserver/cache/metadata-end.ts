/** Where the metadata of an object ends in its bytes, so that it can be passed on without being parsed. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Behind the metadata that begins at `itemStart`, with its name. */
export function metadataEnd(bytes: Buffer, itemStart: number): number {
  return endOfObject(bytes, itemStart + '"metadata":'.length);
}

/** Behind the brace that closes the JSON object which opens at `start`. */
function endOfObject(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) i = endOfString(bytes, i);
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return i + 1;
  }
  return bytes.length;
}

/** Where the string that opens at `start` has its closing quote. */
function endOfString(bytes: Buffer, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}
