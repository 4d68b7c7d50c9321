// Generates src/generated/descriptions.json: what each type and field of the API means, from the
// doc comments of @kubernetes/client-node's declarations. It is what `kubectl explain` shows. The
// result is not committed; `npm run generate` makes it.
//
// Form: {"<schema id>": {"": "about the type", "<field>": "about the field"}}
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

const source = 'src/api/facts/schemas.json';
const models = 'node_modules/@kubernetes/client-node/dist/gen/models';
const out = 'src/generated/descriptions.json';
const self = new URL(import.meta.url).pathname;
const inputs = [source, self, 'node_modules/@kubernetes/client-node/package.json'];
if (existsSync(out) && inputs.every(f => statSync(f).mtimeMs < statSync(out).mtimeMs)) process.exit(0);

const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

/** io.k8s.api.core.v1.Event is V1Event, or CoreV1Event where two groups have one of that name. */
function modelFile(id) {
  const parts = id.split('.');
  const [group, version, name] = parts.slice(-3);
  return [`${capital(version)}${name}`, `${capital(group)}${capital(version)}${name}`]
    .map(stem => `${models}/${stem}.d.ts`)
    .find(existsSync);
}

const unescape = text =>
  text
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
    .replace(/\\(["'])/g, '$1');

/** Declarations spell names that are no identifiers their own way: x-kubernetes-map-type, $ref. */
const plain = name => name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

const schemas = JSON.parse(readFileSync(source, 'utf8'));
const descriptions = {};
let missing = 0;
for (const [id, schema] of Object.entries(schemas)) {
  const file = modelFile(id);
  if (!file) {
    missing++;
    continue;
  }
  const text = readFileSync(file, 'utf8');
  const found = {};
  const about = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export declare class/.exec(text);
  if (about) found[''] = unescape(about[1]);
  const byName = new Map(Object.keys(schema.properties ?? {}).map(name => [plain(name), name]));
  for (const [, comment, name] of text.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*'([^']+)'\??:/g)) {
    const field = byName.get(plain(name));
    if (field !== undefined) found[field] = unescape(comment);
  }
  descriptions[id] = found;
}
mkdirSync('src/generated', { recursive: true });
writeFileSync(out, JSON.stringify(descriptions));
console.log(`descriptions of ${Object.keys(descriptions).length} types, ${missing} without`);
