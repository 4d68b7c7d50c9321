// Copies what tsc does not: data files that the built code reads beside itself.
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const endings = ['.json', '.tsv', '.proto', '.sh'];
function copy(from, to) {
  if (!existsSync(from)) return;
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    if (entry.isDirectory()) copy(source, join(to, entry.name));
    else if (endings.some(e => entry.name.endsWith(e))) cpSync(source, join(to, entry.name));
  }
}
copy('src', 'dist/src');
copy('images', 'dist/images');
