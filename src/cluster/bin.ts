/** What bin/peapod starts. */
import { main } from './cli/main.ts';

// nft, ip and iptables are in sbin, which the PATH of a user who became root may lack.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`;

// `peapod … | head` closes the pipe early, which is its right.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
});

process.exitCode = await main(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  error: text => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  environment: process.env,
});
