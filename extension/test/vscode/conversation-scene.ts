import type { Change } from '@p2p-chat/protocol/kinds';
import { type Draft, hostMessage, type HostMessage } from '../../src/panel-api.ts';
import type { PeerParams, Problem } from '../../src/peer-api.ts';
import { Conversation } from '../../src/vscode/conversation.ts';
import { uuidv7 } from '../../src/vscode/uuid.ts';
import { english } from './english.ts';
import { fakeContact, fakeId, FakePeer } from '../fake-peer.ts';

export const carol = fakeId('Carol');

export function setUp() {
  const peer = new FakePeer();
  peer.contacts.set(carol, fakeContact('Carol'));
  const posted: HostMessage[] = [];
  const failed: (Problem & { readonly byPerson: boolean })[] = [];
  const logged: string[] = [];
  const replaced: [string, string][] = [];
  const decided: string[] = [];
  const changes: [string, Change][] = [];
  const links: string[] = [];
  const asked: string[] = [];
  const copied: string[] = [];
  const told: unknown[] = [];
  /** Why nothing can be copied. */
  let clipboard: Error | null = null;
  const inEditor: [string, string][] = [];
  let draft: Draft = { text: '', replyTo: null, edit: null };
  let wentOnline = 0;
  let begunAnew = 0;
  let mark: string | null = null;
  const openOf = (contact: string, byPerson = true): Conversation =>
    new Conversation({
      contact,
      byPerson,
      client: peer,
      l10n: english,
      workspace: '/storage',
      newId: () => uuidv7(),
      status: () => peer.status,
      ownName: () => 'Sam',
      mark: () => mark,
      draft: { get: () => draft, set: (next) => (draft = next) },
      // Whatever is posted is what the page accepts.
      post: (message) => posted.push(hostMessage.parse(structuredClone(message))),
      goOnline: () => (wentOnline += 1),
      people: () => ['Carol', 'Dave'],
      change: (whose, change) => {
        changes.push([whose, change]);
        return Promise.resolve();
      },
      why: (contact) => asked.push(contact),
      openLink: (url) => Promise.resolve(links.push(url)),
      copy: (text) => {
        if (clipboard !== null) return Promise.reject(clipboard);
        copied.push(text);
        return Promise.resolve();
      },
      openCode: (...code) => inEditor.push(code),
      onFailed: (problem, byPerson) => failed.push({ ...problem, byPerson }),
      beginAnew: () => (begunAnew += 1),
      onContact: () => undefined,
      onReplaced: (from, to) => replaced.push([from, to.id]),
      decide: (decision) => {
        decided.push(decision);
        return Promise.resolve();
      },
      failed: (error) => told.push(error),
      log: (text) => logged.push(text),
    });
  const open = (byPerson?: boolean): Conversation => openOf(carol, byPerson);
  /** Whether the person asked, for each time that the conversation was opened. */
  const opened = (): unknown[] =>
    peer.asked
      .filter(({ method }) => method === 'openConversation')
      .map(({ params }) => (params as PeerParams<'openConversation'>).byPerson);
  const types = (): string[] => posted.splice(0).map(({ type }) => type);
  const sends = () => peer.asked.filter(({ method }) => method === 'send').map(({ params }) => params);
  return {
    peer,
    changes,
    open,
    openOf,
    opened,
    posted,
    types,
    failed,
    logged,
    replaced,
    decided,
    links,
    asked,
    copied,
    told,
    breakClipboard: (why: Error) => (clipboard = why),
    inEditor,
    sends,
    wentOnline: () => wentOnline,
    begunAnew: () => begunAnew,
    setMark: (told: string | null) => (mark = told),
  };
}
