// Generates src/generated/descriptions.json: what each type and field of the API means, from the
// doc comments of @kubernetes/client-node's declarations. It is what `kubectl explain` shows. The
// result is not committed; `npm run generate` makes it. Its generator loses the texts of fields that
// refer to a type, and of types that are no objects: those stand in src/api/facts/field-descriptions.json.
//
// Form: {"<schema id>": {"": "about the type", "<field>": "about the field"}}
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';

const source = 'src/api/facts/schemas.json';
const further = 'src/api/facts/field-descriptions.json';
const models = 'node_modules/@kubernetes/client-node/dist/gen/models';
const out = 'src/generated/descriptions.json';
const self = new URL(import.meta.url).pathname;
const inputs = [source, further, self, 'node_modules/@kubernetes/client-node/package.json'];
if (existsSync(out) && inputs.every(f => statSync(f).mtimeMs < statSync(out).mtimeMs)) process.exit(0);

const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

/** io.k8s.api.apps.v1.Deployment is V1Deployment; io.k8s.api.core.v1.Event is CoreV1Event: two groups have one. */
function modelFile(id) {
  const parts = id.split('.');
  const [group, version, name] = parts.slice(-3);
  return [`${capital(group)}${capital(version)}${name}`, `${capital(version)}${name}`]
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

/** The declarations have lost the line breaks; lists of values cannot be read without. */
const withLines = text =>
  text.replace(/ {2}Possible enum values: {2}- /, '\n\nPossible enum values:\n - ').replace(/ {2,3}- `"/g, '\n - `"');

const schemas = JSON.parse(readFileSync(source, 'utf8'));
const texts = JSON.parse(readFileSync(further, 'utf8'));
const descriptions = {};
for (const [id, schema] of Object.entries(schemas)) {
  const file = modelFile(id);
  if (!file) {
    if (texts[id]) descriptions[id] = texts[id];
    continue;
  }
  const text = readFileSync(file, 'utf8');
  const found = {};
  const about = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export declare class/.exec(text);
  if (about) found[''] = withLines(unescape(about[1]));
  const byName = new Map(Object.keys(schema.properties ?? {}).map(name => [plain(name), name]));
  for (const [, comment, name] of text.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*'([^']+)'\??:/g)) {
    const field = byName.get(plain(name));
    if (field !== undefined) found[field] = withLines(unescape(comment));
  }
  descriptions[id] = { ...found, ...texts[id] };
}
mkdirSync('src/generated', { recursive: true });
writeFileSync(out, JSON.stringify(descriptions));
console.log(`descriptions of ${Object.keys(descriptions).length} types`);
