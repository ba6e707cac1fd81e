import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { directConversation } from '@p2p-chat/protocol/identity';
import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import { utf8Length } from '@p2p-chat/protocol/text';
import { Correspondence } from './correspondence.ts';
import type { Surroundings } from './surroundings.ts';
import { DirectoryModel } from './directory-model.ts';
import type { Pending } from './pending-queue.ts';
import { Writer, type WriteRequest } from './writer.ts';
import type { Cancel, Channel, Directory, StoredContact } from './ports.ts';
import { DirectoryUnavailable } from './ports.ts';
import type { ContactView, DirectoryView, MessageView, NoticeView } from './views.ts';

/** The text has more bytes than a message may have. */
export class TextTooLongError extends Error {
  override readonly name = 'TextTooLongError';

  constructor(bytes: number) {
    const count = (n: number): string => n.toLocaleString('en-US');
    super(`This text has ${count(bytes)} bytes; a message has at most ${count(MAX_TEXT_BYTES)}.`);
  }
}

/** A message without a text. */
export class EmptyTextError extends Error {
  override readonly name = 'EmptyTextError';
}

/** Nobody with this identity is a contact or in the directory as far as it is known here. */
export class UnknownContactError extends Error {
  override readonly name = 'UnknownContactError';
}

/** A conversation as a window opens it. */
export interface OpenedConversation {
  contact: ContactView;
  messages: MessageView[];
  notices: NoticeView[];
  hasOlder: boolean;
  readUpTo: number;
}

/** All of one person's conversations. */
export class Chat {
  readonly #around: Surroundings;
  readonly #correspondences = new Map<Fingerprint, Correspondence>();
  readonly #people: DirectoryModel;
  /** What waits for people who are no contacts here any longer, since the history was lost: until they are met. */
  readonly #orphans = new Map<Fingerprint, Pending[]>();
  readonly #writer: Writer;
  #directory: { session: Directory; server: string; connected: boolean } | null = null;
  #directoryChanged: Cancel | null = null;

  /** Reads the stores and makes them agree. */
  constructor(around: Surroundings) {
    this.#around = around;
    this.#people = new DirectoryModel(
      (identity) => identity !== around.identity && this.#correspondences.get(identity)?.isKept !== true,
    );
    this.#writer = new Writer(around);
    for (const contact of around.history.contacts()) this.#add(contact, true);
    this.#restore(around.outboxes.reconcile(around.identity, around.clock.now()));
  }

  get contacts(): ContactView[] {
    return [...this.#correspondences.values()].filter(({ isKept }) => isKept).map(({ view }) => view);
  }

  get directory(): DirectoryView {
    return this.#people.view;
  }

  /** This device listens: links may be made. The directory comes and goes by `directoryConnected`. */
  goOnline(session: Directory, server: string): void {
    this.#directory = { session, server, connected: false };
    for (const correspondence of this.#correspondences.values()) correspondence.setOnline(true);
  }

  goOffline(): void {
    this.#directory = null;
    this.#people.clear();
    for (const correspondence of this.#correspondences.values()) correspondence.setOnline(false);
    this.#announceDirectory();
  }

  /** The session with the discovery server is open: everything known of it is read anew. */
  async directoryConnected(): Promise<void> {
    const directory = this.#directory;
    if (directory === null) return;
    directory.connected = true;
    directory.session.watch([...this.#correspondences.keys()]);
    try {
      const identities = await this.#people.reload(directory.session);
      if (this.#directory !== directory) return;
      directory.session.watch(identities);
      this.#announceDirectory();
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error;
    }
  }

  /** The session with the discovery server is gone: nobody knows who is online. */
  directoryDisconnected(): void {
    if (this.#directory !== null) this.#directory.connected = false;
    for (const correspondence of this.#correspondences.values()) correspondence.setPresence(null);
  }

  presence(presence: Presence): void {
    this.#correspondences.get(presence.identity)?.setPresence(presence);
    if (this.#people.update(presence)) this.#announceDirectory();
  }

  /** Somebody new on the server. */
  account(presence: Presence): void {
    this.#people.add(presence);
    this.#directory?.session.watch([presence.identity]);
    this.#announceDirectory();
  }

  async moreDirectory(): Promise<void> {
    const directory = this.#directory;
    if (directory === null) return;
    const identities = await this.#people.more(directory.session);
    if (this.#directory !== directory) return;
    if (identities.length > 0) directory.session.watch(identities);
    this.#announceDirectory();
  }

  /**
   * A device dialled this one. Who it is follows from its certificates alone: a contact by its pin, anybody else
   * by the directory. Whoever neither knows is told what everybody unwanted is told.
   */
  async accept(channel: Channel): Promise<void> {
    const known = this.#correspondences.get(channel.identity);
    if (known !== undefined) {
      known.accept(channel);
      return;
    }
    const directory = this.#directory;
    let found: Presence | null = null;
    try {
      found = (await directory?.session.lookUp(channel.identity)) ?? null;
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error;
    }
    if (found === null || directory === null || this.#directory !== directory) {
      this.#around.log('info', `A device of an unknown identity ${channel.identity} was turned away.`);
      channel.close(LinkClose.unavailable, 'unavailable');
      return;
    }
    this.#meet(found, directory.server).accept(channel);
  }

  /**
   * Shows a conversation in a window and makes the other a contact.
   * @throws {UnknownContactError}
   */
  open(identity: Fingerprint, window: object, limit: number): OpenedConversation {
    const correspondence = this.#find(identity);
    correspondence.keep();
    correspondence.open(window);
    const page = this.older(identity, null, limit);
    return {
      ...page,
      contact: correspondence.view,
      notices: [...correspondence.notices],
      readUpTo: correspondence.contact.readUpTo,
    };
  }

  older(
    identity: Fingerprint,
    before: number | null,
    limit: number,
  ): { messages: MessageView[]; hasOlder: boolean } {
    const correspondence = this.#find(identity);
    const { messages, hasOlder } = this.#around.history.page(identity, before, limit);
    return { messages: messages.map((message) => correspondence.show(message)), hasOlder };
  }

  /** Without `identity`, everything that this window has open. */
  close(window: object, identity?: Fingerprint): void {
    if (identity !== undefined) this.#correspondences.get(identity)?.closeIn(window);
    else for (const correspondence of this.#correspondences.values()) correspondence.closeIn(window);
  }

  markRead(identity: Fingerprint, upTo: number): void {
    this.#find(identity).markRead(upTo);
  }

  /**
   * Ends once the message lies in the outbox and in the history. Repeated with the same id it is one message.
   * @throws {EmptyTextError | TextTooLongError | UnknownContactError | StorageError}
   */
  async write(request: Omit<WriteRequest, 'to'> & { contact: Fingerprint }): Promise<MessageView> {
    if (request.text === '') throw new EmptyTextError('There is nothing to send.');
    const bytes = utf8Length(request.text);
    if (bytes > MAX_TEXT_BYTES) throw new TextTooLongError(bytes);
    const to = this.#find(request.contact);
    to.keep();
    const stored = this.#around.history.find(request.id, this.#around.identity);
    if (stored !== null) return to.show(stored);
    return this.#writer.write({ ...request, to });
  }

  /** A window has this workspace open: what lies in its outbox is delivered from now on. */
  addWorkspace(folder: string): void {
    const { outboxes, identity, clock } = this.#around;
    this.#restore(outboxes.addWorkspace(folder, identity, clock.now()));
  }

  stop(): void {
    this.#writer.stop();
    this.#directoryChanged?.();
    for (const correspondence of this.#correspondences.values()) correspondence.stop();
  }

  #restore(entries: readonly Pending[]): void {
    for (const [identity, group] of Map.groupBy(entries, ({ message }) => message.contact)) {
      const correspondence = this.#correspondences.get(identity);
      if (correspondence !== undefined) correspondence.restore(group);
      else this.#orphans.set(identity, [...(this.#orphans.get(identity) ?? []), ...group]);
    }
  }

  #find(identity: Fingerprint): Correspondence {
    const known = this.#correspondences.get(identity);
    if (known !== undefined) return known;
    const listed = this.#people.find(identity);
    if (listed === undefined || this.#directory === null || identity === this.#around.identity) {
      throw new UnknownContactError('This person is not in your contacts or on your discovery server.');
    }
    return this.#meet(listed, this.#directory.server);
  }

  /** First contact: from here on the name stands for this identity. */
  #meet(presence: Presence, server: string): Correspondence {
    const known = this.#correspondences.get(presence.identity);
    if (known !== undefined) return known;
    const { identity, name, lastSeen, endpoints } = presence;
    const correspondence = this.#add(
      { identity, server, name, verified: false, endpoints, lastSeen, readUpTo: 0 },
      false,
    );
    correspondence.setPresence(presence);
    correspondence.setOnline(true);
    this.#directory?.session.watch([identity]);
    const waiting = this.#orphans.get(identity) ?? [];
    this.#orphans.delete(identity);
    correspondence.restore(waiting);
    return correspondence;
  }

  #add(contact: StoredContact, kept: boolean): Correspondence {
    const conversation = directConversation(this.#around.identity, contact.identity);
    const correspondence = new Correspondence(this.#around, contact, conversation, kept, () =>
      this.#announceDirectory(),
    );
    this.#correspondences.set(contact.identity, correspondence);
    return correspondence;
  }

  /** Once a tick: a page of presences is one picture. */
  #announceDirectory(): void {
    this.#directoryChanged ??= this.#around.clock.soon(() => {
      this.#directoryChanged = null;
      this.#around.events.directory(this.#people.view);
    });
  }
}
