import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { type EtcdServer, skipWithoutEtcd, startEtcd } from '../../testing/programs/etcd-server.ts';
import { testStore } from '../conformance.ts';
import { EtcdStore } from './store.ts';

describe.skipIf(skipWithoutEtcd())('with a real etcd', () => {
  let server: EtcdServer;
  let stores = 0;
  beforeAll(async () => {
    server = await startEtcd();
  });
  afterAll(() => server?.close());

  testStore('the etcd store', async () => {
    const prefix = `/t${stores++}`;
    const options = { endpoints: [server.url], prefix, clock: systemClock, random: systemRandom };
    let store = await EtcdStore.open(options);
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await EtcdStore.open(options);
        return store;
      },
      dispose: () => store.close(),
    };
  });
});
