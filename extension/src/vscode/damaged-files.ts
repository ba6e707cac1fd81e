import type { PeerClient } from '../peer-api.ts';
import type { L10n } from './l10n.ts';

export interface DamagedFileParts {
  readonly client: Pick<PeerClient, 'onConnected' | 'onPush'>;
  readonly l10n: L10n;
  /** Shows a sentence, with the way to the log. */
  readonly warn: (message: string) => void;
  readonly log: (text: string) => void;
}

/** Tells a person, once in this window, of each file that a peer found damaged and put aside. Returns what ends it. */
export function tellOfDamagedFiles({ client, l10n, warn, log }: DamagedFileParts): () => void {
  const told = new Set<string>();
  const tell = (files: readonly string[]): void => {
    for (const path of files) {
      if (told.has(path)) continue;
      told.add(path);
      log(`A damaged file was put aside as ${path}; P2P Chat goes on without it.`);
      warn(
        l10n.t(
          'A file of P2P Chat was damaged. It was put aside as {0}, and P2P Chat goes on without it.',
          path,
        ),
      );
    }
  };
  const ends = [
    client.onConnected(({ damagedFiles }) => tell(damagedFiles)),
    client.onPush('damagedFiles', tell),
  ];
  return () => {
    for (const end of ends) end();
  };
}
