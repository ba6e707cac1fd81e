import { openNedbStore } from '../src/store/nedb.ts';
import { memoryStore } from '../src/store/memory.ts';
import { cleanUp } from './cleanup.ts';
import { temporaryFolder } from './harness.ts';
import { storeContract } from './store.contract.ts';

storeContract('memory', (_t, maxAccounts) => Promise.resolve(memoryStore(maxAccounts)));

storeContract('NeDB', async (t, maxAccounts) => {
  const store = await openNedbStore({ folder: await temporaryFolder(t), now: () => 0, maxAccounts });
  cleanUp(t, () => store.close());
  return store;
});
