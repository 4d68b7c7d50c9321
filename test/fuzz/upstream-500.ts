/**
 * Where upstream v1.36 itself answers a plain 500 to a malformed request, and so do we: its libraries'
 * errors pass through its handlers, and clients that compare answers would notice another. They are
 * of the recordings (test/oracle), or of the same function there. Never with the reason InternalError.
 */
const MESSAGES: readonly RegExp[] = [
  // resourceVersion that is no number, in a body.
  /^strconv\.ParseUint: parsing /,
  /^resourceVersion should not be set on objects to be created$/,
  // Binding is validated by its storage.
  /^target\.(name|kind|apiVersion): /,
  // Server-side apply: a configuration that is not of its type.
  /^failed to (create typed patch object|convert new object) \(/,
  // Strategic merge patches that make no sense.
  /^map: map\[.* does not contain declared merge key: \w+$/s,
  /^unknown patch type: .* in map: map\[/s,
  /^list element types are not identical: \[/,
  /^The order in patch list:\n.* doesn't match \$setElementOrder list:\n/s,
  /^merging lists cannot yet be specified in the patch$/,
  /^expected slice or array type, but got: \w+$/,
  /^expected a (\[\]|map\[string\])interface \{\}, but received a /,
  /^cannot merge lists without merge key for \w+$/,
  /^unable to find api field in struct \w+ for the json field "/,
  // Eviction
  /^This pod has more than one PodDisruptionBudget, /,
];

export function isUpstreams500(message: unknown, reason: unknown): boolean {
  return (
    (reason === undefined || reason === '') &&
    typeof message === 'string' &&
    MESSAGES.some(m => m.test(message))
  );
}
