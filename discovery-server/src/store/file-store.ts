import type { AccountStore } from './account-store.ts';
import type { TornLine } from './accounts-file.ts';
import { holdDataFolder } from './data-folder.ts';
import { openNedbStore } from './nedb.ts';

/**
 * The accounts of a data folder, which this process alone holds until the store is closed.
 * @throws {DataFolderInUseError | DataFolderError | DamagedAccountsError} as their docstrings say
 */
export async function openFileStore(
  dataDir: string,
  now: () => number,
  onTornLine: (torn: TornLine) => void,
): Promise<AccountStore> {
  const folder = await holdDataFolder(dataDir);
  try {
    const store = await openNedbStore({ folder: folder.path, now, onTornLine });
    return {
      accounts: () => store.accounts(),
      add: (account) => store.add(account),
      rename: (identity, name) => store.rename(identity, name),
      remove: (identity) => store.remove(identity),
      replace: (from, to) => store.replace(from, to),
      touch: (identity, traces) => store.touch(identity, traces),
      close: () => store.close().finally(() => folder.release()),
    };
  } catch (error) {
    folder.release();
    throw error;
  }
}
