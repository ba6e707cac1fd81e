import type { Metrics, StoreOperation } from '../metrics.ts';
import { STORE_FAILING_MS } from '../limits.ts';
import { type AccountStore, StoreFailedError } from './account-store.ts';

/** A store whose writes are measured. */
export interface MeasuredStore extends AccountStore {
  /** Whether the last write failed, not long ago: see STORE_FAILING_MS. */
  readonly isFailing: boolean;
}

/** @param elapsed milliseconds since some fixed moment */
export function measured(store: AccountStore, metrics: Metrics, elapsed: () => number): MeasuredStore {
  let failedAt = -Infinity;
  const time = async <Result>(operation: StoreOperation, write: () => Promise<Result>): Promise<Result> => {
    const begun = elapsed();
    let failed = false;
    let written = true;
    try {
      return await write();
    } catch (error) {
      failed = error instanceof StoreFailedError;
      // A name that is taken never came as far as the disk.
      written = failed;
      throw error;
    } finally {
      if (written) {
        failedAt = failed ? elapsed() : -Infinity;
        metrics.stored(operation, (elapsed() - begun) / 1_000, !failed);
      }
    }
  };
  return {
    get isFailing() {
      return elapsed() - failedAt < STORE_FAILING_MS;
    },
    accounts: () => store.accounts(),
    add: (account) => time('add', () => store.add(account)),
    rename: (identity, name) => time('rename', () => store.rename(identity, name)),
    remove: (identity) => time('remove', () => store.remove(identity)),
    replace: (from, to) => time('replace', () => store.replace(from, to)),
    touch: (identity, traces) => time('touch', () => store.touch(identity, traces)),
    close: () => store.close(),
  };
}
