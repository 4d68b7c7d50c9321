/**
 * How the end of a remote command travels: a Status object on the error channel since protocol v4
 * (kubelet's remotecommand), plain text before. Pure, both directions.
 */
import { StatusError } from '../../api/status-error.ts';
import type { ExitResult } from './contract.ts';

const NON_ZERO_EXIT_CODE = 'NonZeroExitCode';
const EXIT_CODE_CAUSE = 'ExitCode';

/** The Status object on the error channel, with upstream's wording. */
export function exitStatus(result: ExitResult): Record<string, unknown> {
  if ('error' in result) {
    return { metadata: {}, status: 'Failure', message: result.error, reason: 'InternalError', code: 500 };
  }
  if (result.code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${result.code}`,
    reason: NON_ZERO_EXIT_CODE,
    details: { causes: [{ reason: EXIT_CODE_CAUSE, message: String(result.code) }] },
  };
}

/** Reads what a runtime wrote on its v4 error stream; nothing at all is how old ones say success. */
export function parseExitStatus(text: string): ExitResult {
  if (text.trim() === '') return { code: 0 };
  let status: {
    status?: string;
    reason?: string;
    message?: string;
    details?: { causes?: { reason?: string; message?: string }[] };
  };
  try {
    status = JSON.parse(text) as typeof status;
  } catch {
    return { error: text.trim() };
  }
  if (status.status === 'Success') return { code: 0 };
  const code = Number(status.details?.causes?.find(c => c.reason === EXIT_CODE_CAUSE)?.message);
  if (status.reason === NON_ZERO_EXIT_CODE && Number.isInteger(code)) return { code };
  return { error: status.message ?? text.trim() };
}

/** What a failure before the command ran is on the error channel. */
export function failureStatus(error: unknown): Record<string, unknown> {
  if (error instanceof StatusError) return error.toStatus();
  return exitStatus({ error: error instanceof Error ? error.message : String(error) });
}
