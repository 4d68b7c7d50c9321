/**
 * Which answers are compressed: those of more than 128 KiB, for clients that take gzip (upstream's
 * rule, feature APIResponseCompression). Below that it costs more time than it saves.
 */
export const COMPRESS_ABOVE_BYTES = 128 * 1024;

/** `acceptEncoding`: the request's header. Weights are not looked at, as upstream does not. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some(token => token.trim() === 'gzip');
}
