/**
 * Machines on which Docker, ufw or firewalld have set the policy of iptables' FORWARD chain to
 * DROP: nothing of a pod would get through, not even from pod to pod, since bridged packets pass
 * the chain too. nft has no say in it (a drop anywhere is a drop), so the bridge is let through in
 * that very chain. Machines without such a policy are left alone.
 */
import { CommandError, type CommandRunner } from '../base/run-command.ts';

const COMMENT = 'peapod pods';

/** For `iptables-restore --noflush`; '' when there is nothing to do. `saved` is from iptables-save. */
export function planForwardAccept(saved: string, bridge: string): string {
  const lines = filterLines(saved);
  if (!lines.some(line => line.startsWith(':FORWARD DROP'))) return '';
  const missing = ['-i', '-o'].filter(way => !lines.some(line => isOurs(line, way, bridge)));
  return restore(
    missing.map(way => `-I FORWARD ${way} ${bridge} -m comment --comment "${COMMENT}" -j ACCEPT`),
  );
}

/**
 * @param saved what `iptables-save` printed
 * @returns for `iptables-restore --noflush`; empty when there is nothing of ours
 */
export function planForwardRemoval(saved: string, bridge: string): string {
  const own = filterLines(saved).filter(line => isOurs(line, '-i', bridge) || isOurs(line, '-o', bridge));
  return restore(own.map(line => line.replace(/^-A/, '-D')));
}

const isOurs = (line: string, way: string, bridge: string) =>
  line.startsWith('-A FORWARD ') && line.includes(`${way} ${bridge} `) && line.includes(`"${COMMENT}"`);

const restore = (lines: readonly string[]) =>
  lines.length === 0 ? '' : ['*filter', ...lines, 'COMMIT', ''].join('\n');

function filterLines(saved: string): readonly string[] {
  const lines = saved.split('\n');
  const from = lines.indexOf('*filter');
  return from < 0 ? [] : lines.slice(from + 1, lines.indexOf('COMMIT', from));
}

/** Reads, plans with one of the above, and applies. @throws CommandError */
export async function changeForwarding(
  commands: CommandRunner,
  bridge: string,
  plan: typeof planForwardAccept,
): Promise<boolean> {
  let saved: string;
  try {
    saved = (await commands.run(['iptables-save'])).stdout;
  } catch (error) {
    // No iptables, no such chain.
    if (error instanceof CommandError) return false;
    throw error;
  }
  const input = plan(saved, bridge);
  if (input === '') return false;
  await commands.run(['iptables-restore', '--noflush'], { input });
  return true;
}
