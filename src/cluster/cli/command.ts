/**
 * What a command of `peapod` is. A command is a file in src/cluster/commands and a line in the list
 * of commands (cli/commands.ts); the command line's frame (cli/main.ts) parses options, prints help
 * and turns errors into one line and exit code 1.
 */
import type { ParseArgsConfig } from 'node:util';

interface OptionDefinition {
  readonly type: 'string' | 'boolean';
  /** One line for --help. */
  readonly help: string;
  /** What stands for the value in --help: DIR, PORT. */
  readonly value?: string;
}

export type Options = Readonly<Record<string, OptionDefinition>>;

export interface Command {
  /** How it is called, without options: 'image load FILE'. */
  readonly usage: string;
  readonly summary: string;
  readonly options: Options;
  /** How many words may follow: [least, most]. */
  readonly words: readonly [number, number];
  /** Everything after the command belongs to another program: no options are parsed. */
  readonly passThrough?: boolean;
  /** @returns the exit code */
  run(input: CommandInput): Promise<number>;
}

export interface CommandInput {
  readonly words: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly io: CommandIo;
}

export interface CommandIo {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Standard output is a terminal: progress may be drawn. */
  readonly isTerminal: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/** An error whose message is for the user as it is: what is wrong, and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function parseConfig(options: Options): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
}

/** Options that say which cluster is meant. */
export const CLUSTER_OPTIONS: Options = {
  name: { type: 'string', value: 'NAME', help: 'the cluster’s name (peapod)' },
  'data-dir': { type: 'string', value: 'DIR', help: 'where it keeps its state (/var/lib/peapod, or …-NAME)' },
};

export const JSON_OPTION: Options = { json: { type: 'boolean', help: 'print JSON' } };
