/**
 * A log file for each component, one JSON object a line (pino), so that `kubectl logs -n
 * kube-system` of a mirror pod shows that component's own lines.
 *
 * Writes are buffered by the kernel only: what was logged before a crash is there. Files are
 * rotated at the start of the server when they have grown beyond a limit; one old file is kept.
 */
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { destination, type Logger as Pino, pino, stdTimeFunctions } from 'pino';
import type { LogFields, Logger } from '../../base/log.ts';

const ROTATE_BYTES = 16 * 1024 * 1024;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ComponentLogs {
  /** The same component always gets the same file. */
  of(component: string): Logger;
  path(component: string): string;
}

export function openLogs(dir: string, level: LogLevel = 'info'): ComponentLogs {
  mkdirSync(dir, { recursive: true });
  const open = new Map<string, Logger>();
  const path = (component: string) => join(dir, `${component}.log`);
  return {
    path,
    of(component) {
      const found = open.get(component);
      if (found) return found;
      rotate(path(component));
      const logger = wrap(
        pino(
          {
            level,
            base: null,
            timestamp: stdTimeFunctions.isoTime,
            formatters: { level: label => ({ level: label }) },
          },
          destination({ dest: path(component), sync: true }),
        ),
      );
      open.set(component, logger);
      return logger;
    },
  };
}

function rotate(path: string): void {
  if (existsSync(path) && statSync(path).size > ROTATE_BYTES) renameSync(path, `${path}.1`);
}

function wrap(log: Pino): Logger {
  const write = (level: LogLevel) => (message: string, fields?: LogFields) =>
    fields ? log[level](fields, message) : log[level](message);
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: fields => wrap(log.child(fields)),
  };
}
