import { defineConfig } from 'vitest/config';

// unit: runs anywhere, without root, in a minute or so.
// process: starts programs of its own (kubectl, helm, etcd, python, children that are killed).
// root: real containers; one file after another, since they share the machine's cgroups and cores.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,test,images,tools}/**/*.test.ts'],
          exclude: ['**/*.root.test.ts', '**/*.process.test.ts', 'node_modules', 'dist'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          // Half the time was every file importing all of Peapod anew. No module keeps state between tests.
          isolate: false,
        },
      },
      {
        test: {
          name: 'process',
          include: ['{src,test}/**/*.process.test.ts'],
          exclude: ['node_modules', 'dist'],
          testTimeout: 60_000,
          // Some unpack kubectl and Helm.
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'root',
          include: ['{src,test,images}/**/*.root.test.ts'],
          exclude: ['node_modules', 'dist'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
