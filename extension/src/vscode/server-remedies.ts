import type { KeptServer } from '../server-here/kept-server.ts';
import type { ServerStartError } from '../server-here/server-process.ts';
import type { L10n } from './l10n.ts';
import { remedyLabel, type ServerRemedy, startFailure } from './server-words.ts';

export interface RemedyParts {
  readonly l10n: L10n;
  /** Shows the sentence with these buttons; resolves with the one that was chosen. */
  readonly ask: (sentence: string, buttons: readonly string[]) => PromiseLike<string | undefined>;
  readonly showLog: () => PromiseLike<unknown>;
  readonly remedy: (chosen: ServerRemedy) => PromiseLike<void>;
  /** What the person chose failed. */
  readonly failed: (error: unknown) => void;
}

/** Says why a server does not run, and does what the person chooses about it. Never fails: nobody may be there to hear of it. */
export async function offerRemedies(
  { l10n, ask, showLog, remedy, failed }: RemedyParts,
  why: Pick<ServerStartError, 'code'>,
  place: Pick<KeptServer, 'host' | 'port'>,
): Promise<void> {
  const { message, remedies } = startFailure(l10n, why, place);
  const labels = new Map(remedies.map((each) => [remedyLabel(l10n, each), each]));
  const logLabel = l10n.t('Show Log');
  try {
    const chosen = await ask(message, [...labels.keys(), logLabel]);
    if (chosen === logLabel) await showLog();
    const wanted = chosen === undefined ? undefined : labels.get(chosen);
    if (wanted !== undefined) await remedy(wanted);
  } catch (error) {
    failed(error);
  }
}
