import { testStore } from '../conformance.ts';
import { MemoryStore } from './store.ts';

testStore('the memory store', async () => {
  const store = new MemoryStore();
  return { store, dispose: () => store.close() };
});
