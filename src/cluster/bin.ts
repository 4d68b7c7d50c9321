/** What bin/peapod starts. */
import { main } from './cli/main.ts';

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
