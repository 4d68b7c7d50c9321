import { defineConfig } from 'vitest/config';

// unit: runs anywhere, without root. root: real containers; one file after another, since they
// share the machine's cgroups and need its two cores.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,test,images,tools}/**/*.test.ts'],
          exclude: ['**/*.root.test.ts', 'node_modules', 'dist'],
          testTimeout: 20_000,
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
