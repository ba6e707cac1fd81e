import { randomUUID } from 'node:crypto';
import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { HistoryStore, StoredContact, StoredNotice } from '../../src/core/storage-ports.ts';
import { fingerprintNamed, textEnvelope } from './envelopes.ts';

/** What the contracts of a history store in it: messages of Sam, whose it is, and of Carol. */

export const SAM = fingerprintNamed('Sam');

export const CAROL = fingerprintNamed('Carol');

export const NEW_CAROL = fingerprintNamed('Carol, with another key');

export const CAROLS_DEVICE = fingerprintNamed("Carol's device");

export const carol: StoredContact = {
  identity: CAROL,
  server: 'http://127.0.0.1:8000',
  name: 'Carol',
  trust: 'unverified',
  standing: 'accepted',
  beforeBlock: null,
  changedTo: null,
  rejected: [],
  endpoints: [{ address: '127.0.0.1', port: 5000 }],
  lastSeen: null,
  readUpTo: 0,
  formerServers: [],
  theyReadUpTo: 0,
  muted: false,
  pinned: false,
  statusText: '',
  nearbyKey: null,
  typedEndpoint: null,
};

/** The line about a contact's new identity. */
export const replaced: StoredNotice = {
  contact: NEW_CAROL,
  kind: 'identity-replaced',
  after: 2,
  at: 6,
  detail: '',
};

/** This person wrote so many messages to Carol. */
export const written = (history: HistoryStore, count: number) => {
  const epoch = randomUUID();
  const messages = Array.from({ length: count }, (_, index) => ({
    contact: CAROL,
    storedAt: 1000 + index,
    envelope: textEnvelope('Sam', 'Carol', { epoch, seq: index + 1 }),
  }));
  const cursor = { epoch, next: count + 1 };
  return { epoch, stored: history.addOutgoing(messages, [{ contact: CAROL, cursor }]) };
};

/** Messages of Carol with these numbers arrived. */
export const arrived = (history: HistoryStore, epoch: string, ...seqs: number[]) => {
  const messages = seqs.map((seq) => ({
    envelope: textEnvelope('Carol', 'Sam', { epoch, seq }),
    held: true,
  }));
  const next = Math.max(...seqs) + 1;
  return history.receive(CAROL, CAROLS_DEVICE, { epoch, next }, messages, [], 2000);
};

/** A message of Carol arrived that is like this. */
export const changed = (history: HistoryStore, epoch: string, seq: number, change: Partial<Envelope>) =>
  history.receive(
    CAROL,
    CAROLS_DEVICE,
    { epoch, next: seq + 1 },
    [{ envelope: textEnvelope('Carol', 'Sam', { epoch, seq, ...change }), held: false }],
    [],
    2000,
  );

/** Takes everything that is stored into the full-text index. */
export const indexed = (history: HistoryStore): HistoryStore => {
  while (history.index() > 0);
  return history;
};

/** Somebody wrote these, and they arrived. */
export const said = (history: HistoryStore, author: string, ...texts: string[]) => {
  const epoch = randomUUID();
  const messages = texts.map((text, index) => ({
    envelope: textEnvelope(author, 'Sam', { epoch, seq: index + 1, body: { text } }),
    held: false,
  }));
  const [contact, device] = [fingerprintNamed(author), fingerprintNamed(`${author}'s device`)];
  return history.receive(contact, device, { epoch, next: texts.length + 1 }, messages, [], 2000);
};

/** The texts that are found. */
export const found = (history: HistoryStore, text: string, contact: string | null = null, limit = 50) =>
  history.search(text, { contact, limit }).map(({ envelope }) => envelope.body['text']);
