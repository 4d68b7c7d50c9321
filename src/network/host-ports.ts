/**
 * What the portmap plugin leaves behind. It keeps its iptables chains (CNI-HOSTPORT-…) for the
 * next pod with a host port, and all CNI networks of a machine share them. So when a cluster goes,
 * rules of its network go, the chains go if no other network uses them, and the table goes if
 * nothing at all is left in it.
 */
import { CommandError, type CommandRunner } from '../base/run-command.ts';

export interface HostPortRemoval {
  /** For `iptables-restore --noflush`; '' when there is nothing to do. */
  readonly restore: string;
  /** Afterwards the nat table is empty. */
  readonly emptiesTable: boolean;
}

const SHARED = ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-MASQ', 'CNI-HOSTPORT-SETMARK'];
const BUILT_IN = new Set(['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']);

/** `saved` is what iptables-save prints. */
export function planHostPortRemoval(saved: string, networkName: string): HostPortRemoval {
  const lines = natLines(saved);
  const chains = lines.flatMap(line => /^:(\S+)/.exec(line)?.[1] ?? []);
  const rules = lines.filter(line => line.startsWith('-A '));
  const shared = SHARED.filter(chain => chains.includes(chain));
  const entries = rules.filter(rule => rule.startsWith('-A CNI-HOSTPORT-DNAT '));
  const own = entries.filter(rule => rule.includes(`name: \\"${networkName}\\"`));
  const unused = own.length === entries.length;
  const goneChains = new Set(own.flatMap(rule => targetOf(rule) ?? []));
  if (unused) for (const chain of shared) goneChains.add(chain);

  const goneRules = rules.filter(
    rule => own.includes(rule) || goneChains.has(chainOf(rule)) || goneChains.has(targetOf(rule) ?? ''),
  );
  const emptiesTable =
    chains.length > 0 &&
    goneRules.length === rules.length &&
    chains.every(chain => BUILT_IN.has(chain) || goneChains.has(chain));
  if (goneChains.size === 0) return { restore: '', emptiesTable };
  const restore = [
    '*nat',
    ...goneRules.filter(rule => !goneChains.has(chainOf(rule))).map(rule => rule.replace(/^-A/, '-D')),
    ...[...goneChains].map(chain => `-F ${chain}`),
    ...[...goneChains].map(chain => `-X ${chain}`),
    'COMMIT\n',
  ].join('\n');
  return { restore, emptiesTable };
}

const chainOf = (rule: string) => rule.split(' ')[1] ?? '';
const targetOf = (rule: string) => / -j (\S+)/.exec(rule)?.[1];

function natLines(saved: string): readonly string[] {
  const lines = saved.split('\n');
  const from = lines.indexOf('*nat');
  return from < 0 ? [] : lines.slice(from + 1, lines.indexOf('COMMIT', from));
}

/** @throws CommandError */
export async function removeHostPorts(commands: CommandRunner, networkName: string): Promise<void> {
  await removeFamily(commands, networkName, { iptables: 'iptables', family: 'ip' });
  // Also pods without an IPv6 address make portmap write an IPv6 table.
  await removeFamily(commands, networkName, { iptables: 'ip6tables', family: 'ip6' });
}

async function removeFamily(
  commands: CommandRunner,
  networkName: string,
  { iptables, family }: { readonly iptables: string; readonly family: string },
): Promise<void> {
  let saved: string;
  try {
    // Without a table named, it reads what is there and makes nothing.
    saved = (await commands.run([`${iptables}-save`])).stdout;
  } catch (error) {
    // No iptables, no portmap.
    if (error instanceof CommandError) return;
    throw error;
  }
  const { restore, emptiesTable } = planHostPortRemoval(saved, networkName);
  if (restore !== '') await commands.run([`${iptables}-restore`, '--noflush'], { input: restore });
  // The old iptables has no nft table to delete, and its table is part of the kernel module.
  if (emptiesTable && saved.includes('(nf_tables)')) {
    await commands.run(['nft', '-f', '-'], {
      input: `add table ${family} nat\ndelete table ${family} nat\n`,
    });
  }
}
