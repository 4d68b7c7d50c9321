/**
 * Runs other programs (nft, ip, conntrack), injected so that tests can answer in their place and
 * so that a node in a network namespace of its own is served by the same code: its runner puts
 * `ip netns exec <name>` in front of every command.
 *
 * No shell is involved: arguments reach the program as they are given. A program that runs longer
 * than its time limit is killed.
 */
import { spawn } from 'node:child_process';

export interface CommandRunner {
  /** @throws CommandError when the program cannot be started, is killed, or exits with another code than 0. */
  run(command: readonly string[], options?: CommandOptions): Promise<CommandOutput>;
}

interface CommandOptions {
  /** Written to the program's standard input. */
  readonly input?: string;
  /** Absent: 30,000. */
  readonly timeoutMs?: number;
}

interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** undefined: it could not be started or was killed. */
  readonly exitCode: number | undefined;
  /** The program is not installed. */
  readonly notFound: boolean;
  readonly stderr: string;

  constructor(command: readonly string[], why: string, details: CommandErrorDetails = {}) {
    super(`Cannot run ${command.join(' ')}: ${why}`, { cause: details.cause });
    this.exitCode = details.exitCode;
    this.notFound = details.notFound ?? false;
    this.stderr = details.stderr ?? '';
  }
}

interface CommandErrorDetails {
  readonly exitCode?: number;
  readonly notFound?: boolean;
  readonly stderr?: string;
  readonly cause?: unknown;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** How much of a failing program's complaint is worth keeping, in characters. */
const MAX_REASON = 2_000;

/** `prefix`: words in front of every command, such as `ip netns exec node-2`. */
export function systemCommands(prefix: readonly string[] = []): CommandRunner {
  return { run: (command, options = {}) => runProgram([...prefix, ...command], options) };
}

function runProgram(command: readonly string[], options: CommandOptions): Promise<CommandOutput> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: 'pipe',
      timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      env: { ...process.env, LC_ALL: 'C' },
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program that ends without reading its input breaks the pipe; its exit code says why.
    child.stdin.on('error', () => {});
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const notFound = cause.code === 'ENOENT';
      reject(
        new CommandError(command, notFound ? `${file} is not installed` : cause.message, { notFound, cause }),
      );
    });
    child.on('close', (exitCode, signal) => {
      const output = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
      if (exitCode === 0) return resolve(output);
      const why = output.stderr.trim().slice(0, MAX_REASON);
      reject(
        exitCode === null
          ? new CommandError(command, `killed by ${signal}${why ? `: ${why}` : ''}`, {
              stderr: output.stderr,
            })
          : new CommandError(command, why || `exit code ${exitCode}`, { exitCode, stderr: output.stderr }),
      );
    });
    child.stdin.end(options.input ?? '');
  });
}
