import type { Chat } from '../core/chat.ts';
import type { PeerMethod, PeerParams, PeerResult } from '../peer-api.ts';
import type { Notifier } from './notifier.ts';
import type { Online } from './online.ts';

type Handlers = {
  [M in PeerMethod]: (params: PeerParams<M>, window: object) => PeerResult<M> | Promise<PeerResult<M>>;
};

/**
 * What the peer does for each request of a window. A request without its line here is a compile error.
 * @param damagedFiles gives the new names of those that were put aside
 */
export function requestHandlers(
  chat: Chat,
  online: Online,
  notifier: Notifier,
  damagedFiles: () => string[],
): Handlers {
  return {
    subscribe: () => ({
      status: online.status,
      contacts: chat.contacts,
      directory: chat.directory,
      damagedFiles: damagedFiles(),
    }),
    goOnline: (options) => online.goOnline(options),
    goOffline: async () => {
      await online.goOffline(true);
      return {};
    },
    openConversation: ({ contact, limit, byPerson }, window) => chat.open(contact, window, limit, byPerson),
    closeConversation: ({ contact }, window) => {
      chat.close(window, contact);
      return {};
    },
    loadOlder: ({ contact, before, limit }) => chat.older(contact, before, limit),
    search: ({ text, limit, contact }) => ({ messages: chat.search(text, limit, contact) }),
    send: ({ workspace, ...message }) => chat.write({ ...message, folder: workspace }),
    change: ({ workspace, ...change }) => chat.change({ ...change, folder: workspace }),
    typing: ({ contact }) => {
      chat.writing(contact);
      return {};
    },
    deliveryReport: ({ contact }) => chat.deliveryReport(contact),
    tryNow: ({ contact }) => chat.tryNow(contact),
    markRead: ({ contact, upTo }) => {
      chat.markRead(contact, upTo);
      return {};
    },
    moreDirectory: async () => {
      await chat.moreDirectory();
      return {};
    },
    configure: (preferences) => {
      chat.configure(preferences);
      return {};
    },
    ownIdentity: () => online.ownIdentity(),
    rename: ({ name }) => online.rename(name),
    deleteAccount: async () => {
      await online.deleteAccount();
      return {};
    },
    addContact: (who) => chat.decisions.addContact(who),
    setStanding: ({ contact, standing }) => chat.decisions.setStanding(contact, standing),
    setMuted: ({ contact, muted }) => chat.decisions.setMuted(contact, muted),
    setPinned: ({ contact, pinned }) => chat.decisions.setPinned(contact, pinned),
    setStatusText: ({ text }) => {
      chat.setStatusText(text);
      return {};
    },
    ownStatusText: () => ({ text: chat.statusText }),
    setAddress: ({ contact, endpoint }) => {
      chat.decisions.setAddress(contact, endpoint);
      return {};
    },
    typedAddress: ({ contact }) => ({ endpoint: chat.decisions.address(contact) }),
    removeContact: ({ contact }) => {
      chat.decisions.removeContact(contact);
      return {};
    },
    clearHistory: ({ contact }) => {
      chat.decisions.clearHistory(contact);
      return {};
    },
    attend: (attention, window) => {
      notifier.attend(window, attention);
      return {};
    },
    safetyNumber: ({ contact }) => chat.decisions.safetyNumber(contact),
    setVerified: ({ contact, digits }) => chat.decisions.setVerified(contact, digits),
    acceptIdentity: ({ contact, identity }) => chat.decisions.acceptIdentity(contact, identity),
    rejectIdentity: ({ contact, identity }) => chat.decisions.rejectIdentity(contact, identity),
    // Whoever serves the windows stops the peer once this is answered.
    restart: () => ({}),
    addWorkspace: ({ workspace }) => {
      chat.addWorkspace(workspace);
      return {};
    },
  };
}
