/** The frame of the command line: finds the command, parses its options, prints help and errors. */
import { parseArgs } from 'node:util';
import { type Command, type CommandIo, parseConfig, UsageError } from './command.ts';
import { commands } from './commands.ts';

const EXIT_FAILURE = 1;
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/**
 * @param args without node and script
 * @returns the exit code; nothing is thrown
 */
export async function main(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // A UsageError has a line for each problem; of others, only the first line is for the user.
    const lines = error instanceof UsageError ? message.split('\n') : [firstLine(message)];
    for (const line of lines) io.error(`peapod: ${line}\n`);
    if (io.environment['PEAPOD_DEBUG'] && error instanceof Error) io.error(`${error.stack}\n`);
    return EXIT_FAILURE;
  }
}

async function dispatch(args: readonly string[], io: CommandIo): Promise<number> {
  const [first = 'help'] = args;
  if (['help', '--help', '-h'].includes(first)) {
    io.out(await overview());
    return 0;
  }
  const found = commands.find(({ name }) => name.split(' ').every((word, i) => args[i] === word));
  if (!found) {
    const related = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
    const hint = related.length > 0 ? `; there are: ${related.join(', ')}` : '';
    throw new UsageError(
      `"${args.slice(0, related.length ? 2 : 1).join(' ')}" is no command${hint} (see peapod --help)`,
    );
  }
  const command = await found.load();
  const rest = args.slice(found.name.split(' ').length);
  if (command.passThrough) return command.run({ words: rest, values: {}, io });

  const { values, positionals } = parse(command, rest);
  if (values['help']) {
    io.out(help(command));
    return 0;
  }
  const [least, most] = command.words;
  if (positionals.length < least || positionals.length > most) {
    throw new UsageError(`usage: peapod ${command.usage} (see peapod ${found.name} --help)`);
  }
  return command.run({ words: positionals, values, io });
}

function parse(command: Command, args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...parseConfig(command.options), help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    return { values: values as Readonly<Record<string, string | boolean | undefined>>, positionals };
  } catch (cause) {
    const reason =
      cause instanceof Error ? firstLine(cause.message).replace(/\. To specify.*$/, '') : String(cause);
    throw new UsageError(`${reason} (see peapod ${command.usage.split(/ [A-Z]/)[0]} --help)`, { cause });
  }
}

async function overview(): Promise<string> {
  const loaded = await Promise.all(commands.filter(c => !c.hidden).map(c => c.load()));
  const lines = loaded.map(({ usage, summary }) => `  ${usage.padEnd(22)}${summary}`);
  return `Peapod: Kubernetes in TypeScript.\n\nusage: peapod COMMAND [options]\n\n${lines.join('\n')}\n\npeapod COMMAND --help tells a command's options.\n`;
}

function help({ usage, summary, options }: Command): string {
  const lines = Object.entries(options).map(
    ([name, { value, help: text }]) => `  ${`--${name}${value ? ` ${value}` : ''}`.padEnd(24)}${text}`,
  );
  return `${summary}\n\nusage: peapod ${usage} [options]\n\n${lines.join('\n')}\n`;
}
