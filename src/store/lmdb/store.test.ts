import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testStore } from '../conformance.ts';
import { LmdbStore } from './store.ts';

testStore('the LMDB store', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'peapod-store-'));
  let store = await LmdbStore.open({ directory });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await LmdbStore.open({ directory });
      return store;
    },
    dispose: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
