/**
 * The log every component writes to. The implementation is chosen in src/cluster (pino, one
 * stream a component, so that `kubectl logs -n kube-system` shows a component's own lines);
 * components see only this interface.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

/** Values that are worth searching for: names, keys, codes, milliseconds (…Ms), bytes (…Bytes). */
export type LogFields = Readonly<Record<string, unknown>>;

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
};
