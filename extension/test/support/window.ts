import assert from 'node:assert/strict';
import type { PeerMethod, PeerParams, PeerPush, PeerPushValue, PeerResult } from '../../src/peer-api.ts';
import type { Contact, Directory, Message, Notice, Status } from '../../src/peer-api.ts';
import type { PeerService } from '../../src/peer/service-types.ts';

/** How long anything between two peers on one machine may take. Milliseconds. */
const PATIENCE_MS = 15_000;

/** A peer in this process, or what leads to one in another. */
type Service = Pick<PeerService, 'request' | 'subscribe'>;

/** What a window would show of a peer: everything that it pushed. */
export class TestWindow {
  readonly contacts = new Map<string, Contact>();
  readonly messages = new Map<string, Message>();
  readonly notices: Notice[] = [];
  readonly notifications: PeerPushValue<'notify'>[] = [];
  readonly log: string[] = [];
  /** Who was said to be writing, each time. */
  readonly writing: string[] = [];
  status: Status = { kind: 'offline' };
  directory: Directory = { people: [], more: false };
  damagedFiles: string[] = [];
  readonly #service: Service;
  #waiting: (() => void)[] = [];

  constructor(service: Service) {
    this.#service = service;
    const take: { [P in PeerPush]: (value: PeerPushValue<P>) => void } = {
      status: (status) => (this.status = status),
      contact: (contact) => this.contacts.set(contact.id, contact),
      contactReplaced: ({ from, to }) => {
        this.contacts.delete(from);
        this.contacts.set(to.id, to);
      },
      contactRemoved: ({ contact }) => this.contacts.delete(contact),
      directory: (directory) => (this.directory = directory),
      damagedFiles: (files) => (this.damagedFiles = files),
      messages: (messages) => {
        for (const message of messages) this.messages.set(message.id, message);
      },
      notify: (notification) => this.notifications.push(notification),
      typing: ({ contact }) => this.writing.push(contact),
      notice: (notice) => this.notices.push(notice),
      forgotten: ({ before, contact }) => {
        for (const [id, { storedAt, state, contact: whose }] of this.messages) {
          if (contact !== null && contact !== whose) continue;
          if (storedAt < before && state !== 'held' && state !== 'sending') this.messages.delete(id);
        }
      },
      log: ({ text }) => this.log.push(text),
    };
    service.subscribe((name, value) => {
      take[name](value);
      for (const look of this.#waiting.splice(0)) look();
    }, this);
  }

  request<M extends PeerMethod>(method: M, params: PeerParams<M>): Promise<PeerResult<M>> {
    return this.#service.request(method, params, this);
  }

  /** Resolves when `isSo`, which is asked again after every push. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not in time: ${what}`)), PATIENCE_MS);
    });
    try {
      while (!isSo()) await Promise.race([late, new Promise<void>((look) => this.#waiting.push(look))]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The identity of somebody in the tree. */
  idOf(name: string): string {
    const people = [...this.contacts.values(), ...this.directory.people];
    const found = people.find((person) => person.name === name);
    assert.ok(found, `${name} is in the tree`);
    return found.id;
  }

  knows(name: string): boolean {
    return [...this.contacts.values(), ...this.directory.people].some((person) => person.name === name);
  }

  texts(): (string | null)[] {
    return [...this.messages.values()].sort((a, b) => a.order - b.order).map(({ text }) => text);
  }

  states(): string[] {
    return [...this.messages.values()].filter(({ mine }) => mine).map(({ state }) => state);
  }
}
