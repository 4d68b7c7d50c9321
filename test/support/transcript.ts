/**
 * Plays a script of shell commands and writes down what a reader would see, with what changes from
 * run to run redacted: addresses, hashes, random suffixes, ages, dates, node names and ports.
 */

export interface ScriptLine {
  readonly command: string;
  /** A `$` line: shown in the transcript. `@` lines only wait. */
  readonly shown: boolean;
}

export function parseScript(text: string): readonly ScriptLine[] {
  return text
    .split('\n')
    .filter(line => /^[$@] /.test(line))
    .map(line => ({ command: line.slice(2), shown: line.startsWith('$') }));
}

export interface CommandResult {
  /** stdout and stderr, in the order they came. */
  readonly output: string;
  readonly code: number;
}

/** @throws Error when a line that only waits fails: what follows would make no sense. */
export async function play(
  script: readonly ScriptLine[],
  execute: (command: string) => Promise<CommandResult>,
): Promise<string> {
  const blocks: string[] = [];
  for (const { command, shown } of script) {
    const { output, code } = await execute(command);
    if (!shown && code !== 0) throw new Error(`Cannot go on: ${command} ended with ${code}: ${output}`);
    if (shown) blocks.push(`$ ${command}\n${output}${code === 0 ? '' : `[exit ${code}]\n`}`);
  }
  return blocks.join('\n');
}

const RAND = '[bcdfghjklmnpqrstvwxz2456789]';

/** The one redactor: used for transcripts we make and for those we compare with. */
export function redact(transcript: string, nodeName: string): string {
  return (
    transcript
      .replaceAll(nodeName, '<node>')
      .replace(/(containerd|cri-o):\/\/[0-9a-f]{64}/g, '<container-id>')
      .replace(/(\S+@)?sha256:[0-9a-f]{64}/g, '<digest>')
      .replace(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<date>')
      .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, '<ip>')
      .replace(/<node>\/<ip>/g, '<node>/<ip>')
      .replace(new RegExp(`-${RAND}{8,10}-${RAND}{5}\\b`, 'g'), '-<hash>-<rand>')
      .replace(new RegExp(`(nginx|kube-api-access)-${RAND}{5}\\b(?!-)`, 'g'), '$1-<rand>')
      .replace(new RegExp(`\\bnginx-${RAND}{6,10}\\b`, 'g'), 'nginx-<hash>')
      .replace(new RegExp(`(pod-template-hash=)${RAND}{6,10}`, 'g'), '$1<hash>')
      .replace(/\b80:\d{5}\/TCP/g, '80:<node-port>/TCP')
      .replace(/(NodePort:\s+<unset>\s+)\d{5}\/TCP/g, '$1<node-port>/TCP')
      // How often and how long ago something happened is timing.
      .replace(/<age> \(x\d+ over <age>\)/g, '<age>')
      .replace(/(?<![\w.-])(\d+[smhd]){1,2}(?: \(x\d+ over (?:\d+[smhd]){1,2}\))?(?![\w-])/g, '<age>')
  );
}

/**
 * What must be equal: columns are as wide as the real values were, so runs of blanks count as one;
 * how many steps of a rollout a watcher saw, how often an event was repeated and in which order those
 * of one second came is timing; a comment at the head is no part of it.
 */
export function comparable(transcript: string): string {
  const lines = transcript
    .replace(/^#.*\n/gm, '')
    .split('\n')
    .map(line => line.replace(/[ \t]+/g, ' ').trimEnd())
    .map(line => line.replace(/^(Waiting for deployment "\S+" rollout to finish): .*/, '$1: …'))
    .map(line => line.replace(/ ?-{2,}/g, ' --'))
    .map(line => line.replace(/<age> \(x\d+ over <age>\)/, '<age>'))
    .filter((line, i, all) => !(line.startsWith('Waiting for') && all[i - 1] === line));
  return sortEvents(lines).join('\n').trim();
}

/** Events of one second are listed in any order: each run of them is sorted. */
function sortEvents(lines: readonly string[]): string[] {
  const isEvent = (line: string | undefined) => /^ (Normal|Warning) /.test(line ?? '');
  const out: string[] = [];
  let run: string[] = [];
  for (const line of [...lines, '']) {
    if (isEvent(line)) run.push(line);
    else {
      out.push(...run.sort(), line);
      run = [];
    }
  }
  return out;
}

/** Transcript to command → outputs, in order, for comparing transcripts that differ in commands. */
export function byCommand(transcript: string): ReadonlyMap<string, readonly string[]> {
  const out = new Map<string, string[]>();
  for (const block of `\n${transcript}`.split(/\n\$ /).slice(1)) {
    const [command = '', ...rest] = block.split('\n');
    out.set(command, [...(out.get(command) ?? []), rest.join('\n').trim()]);
  }
  return out;
}
