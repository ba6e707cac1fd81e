import { MAX_ACCOUNTS } from '@p2p-chat/protocol/limits';
import { type Account, type AccountStore, StoreFailedError } from './account-store.ts';
import { Claims } from './claims.ts';

/** A store that forgets everything with the process: for tests, and the twin that keeps the contract honest. */
export function memoryStore(maxAccounts = MAX_ACCOUNTS): AccountStore {
  const claims = new Claims(maxAccounts);
  const byIdentity = new Map<string, Account>();
  let closed = false;
  const open = async (): Promise<void> => {
    await Promise.resolve();
    if (closed) throw new StoreFailedError('the store is closed');
  };
  return {
    async accounts() {
      await open();
      return [...byIdentity.values()];
    },
    async add(account) {
      await open();
      if (claims.add(account) === undefined) return 'existing';
      byIdentity.set(account.identity, account);
      return 'added';
    },
    async rename(identity, name) {
      await open();
      const known = byIdentity.get(identity);
      if (claims.rename(identity, name) === undefined || known === undefined) return 'existing';
      byIdentity.set(identity, { ...known, name });
      return 'renamed';
    },
    async remove(identity) {
      await open();
      if (claims.remove(identity) === undefined) return 'unknown';
      byIdentity.delete(identity);
      return 'removed';
    },
    async replace(from, to) {
      await open();
      if (claims.replace(from, to) === undefined) return 'existing';
      byIdentity.delete(from);
      byIdentity.set(to.identity, to);
      return 'replaced';
    },
    async touch(identity, traces) {
      await open();
      const known = byIdentity.get(identity);
      if (known !== undefined) byIdentity.set(identity, { ...known, ...traces });
    },
    async close() {
      await Promise.resolve();
      closed = true;
    },
  };
}
