import type { Chat } from '../core/chat.ts';
import type { PeerMethod, PeerParams, PeerResult } from '../peer-api.ts';
import type { Online } from './online.ts';

type Handlers = {
  [M in PeerMethod]: (params: PeerParams<M>, window: object) => PeerResult<M> | Promise<PeerResult<M>>;
};

/** What the peer does for each request of a window. A request without its line here is a compile error. */
export function requestHandlers(chat: Chat, online: Online): Handlers {
  return {
    subscribe: () => ({ status: online.status, contacts: chat.contacts, directory: chat.directory }),
    goOnline: (options) => online.goOnline(options),
    goOffline: async () => {
      await online.goOffline(true);
      return {};
    },
    openConversation: ({ contact, limit }, window) => chat.open(contact, window, limit),
    closeConversation: ({ contact }, window) => {
      chat.close(window, contact);
      return {};
    },
    loadOlder: ({ contact, before, limit }) => chat.older(contact, before, limit),
    send: ({ id, contact, text, workspace }) => chat.write({ id, contact, text, folder: workspace }),
    markRead: ({ contact, upTo }) => {
      chat.markRead(contact, upTo);
      return {};
    },
    moreDirectory: async () => {
      await chat.moreDirectory();
      return {};
    },
    addWorkspace: ({ workspace }) => {
      chat.addWorkspace(workspace);
      return {};
    },
  };
}
