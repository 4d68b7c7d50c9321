/**
 * Runs the real kubectl. Which cluster: the one --name or --data-dir name (before kubectl's own
 * arguments), or else what $KUBECONFIG says, or else the cluster called peapod.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';
import type { Command, CommandInput } from '../cli/command.ts';
import { packagedProgram } from '../kubectl/packaged-program.ts';
import { CACHE_DIR } from '../layout.ts';
import { chooseCluster } from '../settings.ts';

export const kubectl: Command = {
  usage: 'kubectl …',
  summary: 'run kubectl against a cluster (--name and --data-dir come first)',
  options: {},
  words: [0, Number.POSITIVE_INFINITY],
  passThrough: true,
  async run({ words, io }: CommandInput) {
    const { values, rest } = ownOptions(words);
    const program = await packagedProgram('v36', 'kubectl', cacheDir(io.environment));
    const { paths } = chooseCluster(values);
    const chosen = Object.keys(values).length > 0;
    const useOwn = chosen || (!io.environment['KUBECONFIG'] && existsSync(paths.kubeconfig));
    const environment = useOwn ? { ...io.environment, KUBECONFIG: paths.kubeconfig } : io.environment;
    return runInForeground(program, rest, environment);
  },
};

/** --name and --data-dir in front of kubectl's arguments, in both notations. */
export function ownOptions(words: readonly string[]): {
  values: Record<string, string>;
  rest: readonly string[];
} {
  const values: Record<string, string> = {};
  let at = 0;
  for (;;) {
    const [, name, , value] = /^--(name|data-dir)(=(.*))?$/.exec(words[at] ?? '') ?? [];
    if (name === undefined) break;
    values[name] = value ?? words[at + 1] ?? '';
    at += value === undefined ? 2 : 1;
  }
  if (words[at] === '--') at++;
  return { values, rest: words.slice(at) };
}

function cacheDir(environment: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return CACHE_DIR;
  return join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'peapod');
}

/** Resolves to the exit code; a program ended by a signal counts as a shell counts it. */
function runInForeground(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env });
    // The terminal sends INT to both; this process waits for kubectl's own end.
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGTERM', forward);
    process.on('SIGINT', () => {});
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', forward);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
