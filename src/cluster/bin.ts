/** What bin/peapod starts. */
import { main } from './cli/main.ts';

process.exitCode = await main(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  error: text => process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  environment: process.env,
});
