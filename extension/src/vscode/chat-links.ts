import type { PeerClient } from '../peer-api.ts';
import type { Clock } from '../core/ports.ts';
import type { Account } from './account.ts';
import {
  chatQuestion,
  type ChatTarget,
  findTarget,
  isUnwanted,
  type Found,
  type Known,
  notFound,
  readChatQuery,
} from './chat-link.ts';
import type { ChatState } from './chat-state.ts';
import type { Question } from './decisions.ts';
import type { L10n } from './l10n.ts';

export interface ChatLinkParts {
  readonly client: Pick<PeerClient, 'request'>;
  readonly state: ChatState;
  readonly account: Pick<Account, 'goOnline'>;
  readonly openChat: (person: string) => void;
  readonly l10n: L10n;
  /** Asks in a dialog; `undefined` when the person chose nothing of it. */
  readonly ask: (question: Question) => Promise<string | undefined>;
  /** Says what is wrong. */
  readonly tell: (sentence: string) => void;
  readonly clock: Pick<Clock, 'after'>;
}

/** How long the directory may take after going online, milliseconds; who is not in it by then is not found. */
const DIRECTORY_MS = 5_000;

/** Going online under way takes no longer than this, or the person is asked, milliseconds. */
const CONNECTING_MS = 15_000;

/** A link to a chat was opened: shows whom it leads to, and asks. Accepts, sends and signs in nothing by itself. */
export async function openChatLink(parts: ChatLinkParts, query: string): Promise<void> {
  const { state, client, openChat, l10n, ask, tell } = parts;
  const read = readChatQuery(l10n, query);
  if (!read.ok) {
    tell(read.why);
    return;
  }
  // Answered once this window is connected to the peer, and so knows everybody that the peer knows.
  await client.request('ownIdentity', {});
  if (!(await isOnline(parts))) return;
  const { identity, account } = await client.request('ownIdentity', {});
  const found = await find(parts, read.value, { own: identity, ownName: account?.name ?? null });
  if (found.kind !== 'contact' && found.kind !== 'listed') {
    tell(notFound(l10n, read.value, found));
    return;
  }
  const question = chatQuestion(l10n, found);
  if (!question.choices.includes((await ask(question)) ?? '')) return;
  const { id } = found.kind === 'contact' ? found.contact : found.person;
  // Opening the chat would accept whoever was ignored while the question stood there.
  if (!isUnwanted(state.contacts.get(id)?.standing)) openChat(id);
}

/** Online, or after asking: a link puts nobody online by itself. */
async function isOnline(parts: ChatLinkParts): Promise<boolean> {
  const { state, account, l10n, ask } = parts;
  // At a start this may be under way.
  await changes(parts, () => state.status.kind !== 'connecting', CONNECTING_MS);
  const isUp = (): boolean => state.status.kind === 'online';
  if (isUp()) return true;
  const choice = l10n.t('Go Online');
  const chosen = await ask({
    message: l10n.t('Go online first?'),
    detail: l10n.t(
      'You opened a link to a chat, and you are not online. You are asked again before the chat opens.',
    ),
    choices: [choice],
  });
  if (chosen !== choice) return false;
  await account.goOnline();
  return isUp();
}

/** Whom the link leads to. Just after going online the directory is still on its way. */
async function find(
  parts: ChatLinkParts,
  target: ChatTarget,
  me: Pick<Known, 'own' | 'ownName'>,
): Promise<Found> {
  const { state } = parts;
  const look = (): Found =>
    findTarget(target, { ...me, contacts: [...state.contacts.values()], directory: state.directory.people });
  await changes(parts, () => look().kind !== 'nobody' || state.directory.people.length > 0, DIRECTORY_MS);
  return look();
}

/** Waits until it is so, for a while. */
async function changes({ state, clock }: ChatLinkParts, isSo: () => boolean, most: number): Promise<void> {
  if (isSo()) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const look = (): void => {
    if (isSo()) resolve(undefined);
  };
  const ends = [state.onStatus.on(look), state.onDirectory.on(look), state.onContactsReset.on(look)];
  const cancel = clock.after(most, () => resolve(undefined));
  await promise;
  cancel();
  for (const end of ends) end();
}
