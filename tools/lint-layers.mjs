// Writes .oxlintrc.json from the layer table below, so that the table is the one place where
// the import rule stands. `npm run lint` runs it first; the file it writes is committed so
// that editors see the same rule.
import { writeFileSync } from 'node:fs';

/** What each folder of src/ may import besides itself. Order: from the bottom to the top. */
const layers = {
  base: [],
  api: ['base', 'generated'],
  wire: ['base', 'api', 'generated'],
  store: ['base', 'api', 'wire', 'generated'],
  apiserver: ['base', 'api', 'wire', 'store', 'generated'],
  client: ['base', 'api', 'wire', 'generated'],
  controllers: ['base', 'api', 'wire', 'client', 'generated'],
  scheduler: ['base', 'api', 'wire', 'client', 'generated'],
  kubelet: ['base', 'api', 'wire', 'client', 'generated'],
  network: ['base', 'api', 'wire', 'client', 'generated'],
  proxy: ['base', 'api', 'wire', 'client', 'generated'],
  dns: ['base', 'api', 'wire', 'client', 'generated'],
};
const everything = [...Object.keys(layers), 'cluster', 'testing'];

const overrides = Object.entries(layers).map(([layer, allowed]) => {
  const forbidden = everything.filter(other => other !== layer && !allowed.includes(other));
  return {
    files: [`src/${layer}/**/*.ts`],
    // Tests of a layer may use the in-process cluster and its builders.
    excludeFiles: ['**/*.test.ts', '**/*.bench.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
              message: `src/${layer} may import only: ${allowed.join(', ') || 'nothing of ours'} (docs/architecture.md, "Layers").`,
            },
          ],
        },
      ],
    },
  };
});

const config = {
  $schema: './node_modules/oxlint/configuration_schema.json',
  plugins: ['typescript', 'unicorn', 'oxc', 'import'],
  categories: { correctness: 'error' },
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
    'typescript/no-explicit-any': 'error',
    'typescript/await-thenable': 'error',
    'import/no-cycle': 'error',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    'typescript/unbound-method': 'off',
    'typescript/no-base-to-string': 'off',
    'typescript/restrict-template-expressions': 'off',
    'typescript/no-redundant-type-constituents': 'off',
    'unicorn/no-thenable': 'off',
    'require-yield': 'off',
  },
  overrides,
  ignorePatterns: ['dist', 'node_modules', 'src/generated', '**/*.mjs'],
};
writeFileSync('.oxlintrc.json', `${JSON.stringify(config, null, 2)}\n`);
