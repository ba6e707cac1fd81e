import { MAX_TEXT_BYTES } from '@p2p-chat/protocol/limits';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { pageMessage, type PageMessage } from '../page-api.ts';
import { MAX_PROPOSED_PEOPLE, type HostMessage } from '../panel-api.ts';
import type { Contact, ConversationPage, PeerMethod, PeerParams, PeerResult } from '../peer-api.ts';
import type { ConversationParts } from './conversation-parts.ts';
import { withAdded, withReturned } from './drafts.ts';
import { refuseText } from './outgoing.ts';
import { problemOf } from './problem.ts';
import { isReachable } from './status.ts';
import { UnsureTexts } from './unsure-texts.ts';
import { withoutHead } from '../returned-text.ts';

/** The newest messages that a page gets at once: three screens; and more, so that the first unread one is among them. */
export const FIRST_MESSAGES = 50;
const MOST_FIRST_MESSAGES = 500;
const READ_BEFORE_UNREAD = 20;
/** Messages that a page gets when it asks for older ones. */
export const OLDER_MESSAGES = 100;

/**
 * What happens between one panel's page and the peer. The page keeps nothing: it gets everything as soon as there is one,
 * and everything again when the peer was replaced, or when it asks since it has nothing.
 */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #ends: (() => void)[];
  #contact: Fingerprint;
  /** The person asked for this conversation and has not seen it since. */
  #byPerson: boolean;
  /** VS Code loads a page while its tab is shown, and keeps what is posted to it meanwhile. */
  #hasPage = true;
  /** Counts pages: what one of them sent, the next does not know. */
  #page = 0;
  #disposed = false;
  /** Whether it was read once. */
  #isRead = false;
  /** A message that the page is to show once it has everything; kept until the page shows that it is there. */
  #wanted: { readonly post: HostMessage; readonly isPosted: boolean } | undefined;
  /** The message to which the person has scrolled up; null for the end. */
  #place: number | null = null;
  /** What the page shows beside the name. */
  #mark: string | null = null;
  /** Counts reads of the whole state: only the newest may speak. */
  #reading = 0;
  /** Counts how often the page was told the whole state: what it asked for before may not reach as far as that. */
  #told = 0;
  /** Pushes that came while the whole state is being read: they go after it. */
  #waiting: HostMessage[] | undefined;
  readonly #unsure = new UnsureTexts();

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#contact = parts.contact;
    this.#byPerson = parts.byPerson;
    const { client } = parts;
    this.#ends = [
      client.onPush('messages', (messages) => {
        const own = messages.filter((message) => message.contact === this.#contact);
        this.#forgetUnsure(own);
        if (own.length > 0) this.#push({ type: 'messages', messages: own });
      }),
      client.onPush('notice', (notice) => {
        if (notice.contact === this.#contact) this.#push({ type: 'notice', notice });
      }),
      client.onPush('typing', ({ contact }) => {
        if (contact === this.#contact) this.#push({ type: 'typing' });
      }),
      client.onPush('forgotten', ({ before, contact }) => {
        if (contact !== null && contact !== this.#contact) return;
        this.#push({ type: 'forgotten', before });
        // Whether there is anything older, only the peer knows.
        if (this.#hasPage) void this.#open();
      }),
      client.onPush('contact', (value) => {
        if (value.id !== this.#contact) return;
        parts.onContact(value);
        this.#push({ type: 'contact', contact: value });
      }),
      client.onPush('contactReplaced', ({ from, to }) => {
        if (from === this.#contact) this.#follow(to);
        // Two contacts became one: what was written to the other belongs here now.
        else if (to.id === this.#contact) parts.onContact(to);
        else return;
        void this.#open();
      }),
      client.onConnected(() => void this.#open()),
    ];
    if (client.snapshot !== undefined) void this.#open();
  }

  /** Something came from the page. Never fails. */
  async fromPage(raw: unknown): Promise<void> {
    const parsed = pageMessage.safeParse(raw);
    if (!parsed.success) {
      this.#parts.log('A message of the chat page was not understood.');
      return;
    }
    try {
      await this.#answer(parsed.data);
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  /** The page is taken away with its tab, and there is a new one when the tab is shown again. */
  shown(isShown: boolean): void {
    if (isShown === this.#hasPage) return;
    this.#hasPage = isShown;
    if (isShown) this.#page += 1;
    if (isShown) void this.#open(true);
  }

  /** The shown status changed. */
  statusChanged(): void {
    this.#push({ type: 'online', ...this.#self() });
  }

  /** Somebody of the same name may have come or gone. */
  namesakesChanged(): void {
    const mark = this.#parts.mark(this.#contact);
    if (mark !== this.#mark) this.#push({ type: 'mark', mark });
    this.#mark = mark;
  }

  /** The person asks for this conversation, which is open already. */
  askedFor(): void {
    // Until it was read, what brings it may have to accept the contact.
    if (!this.#isRead) this.#byPerson = true;
  }

  /** The person wants to see this message. */
  find({ order, text }: { readonly order: number; readonly text: string }): void {
    this.#wanted = { post: { type: 'find', order, text }, isPosted: false };
    this.#postWanted();
  }

  /** Puts a text at the end of the box. */
  addToBox(text: string): void {
    const { draft } = this.#parts;
    // A page that knows nothing yet lets go of it, and gets it with the draft.
    this.#post({ type: 'add', text });
    draft.set(withAdded(draft.get(), text));
  }

  /** Ends it without closing it at the peer, which knows of windows: another tab of this one shows it. */
  giveWay(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const end of this.#ends) end();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.giveWay();
    // Never asked to open it, nothing to close; a request that still waits is followed by this one.
    if (this.#reading === 0) return;
    void this.#try('closeConversation', { contact: this.#contact });
  }

  async #answer(message: PageMessage): Promise<void> {
    const contact = this.#contact;
    // Whoever asks for everything got nothing yet, of whatever was posted.
    if (message.type !== 'ready' && this.#wanted?.isPosted === true) this.#wanted = undefined;
    switch (message.type) {
      case 'ready':
        this.#hasPage = true;
        await this.#open(true);
        return;
      case 'send':
        await this.#send(message);
        return;
      case 'change':
        await this.#parts.change(contact, message.change);
        return;
      case 'typing':
        await this.#try('typing', { contact });
        return;
      case 'load-older': {
        const told = this.#told;
        const asked = { contact, before: message.before, limit: OLDER_MESSAGES };
        const older = await this.#try('loadOlder', asked);
        if (told === this.#told)
          this.#push({ type: 'older', ...(older ?? { messages: [], hasOlder: true }) });
        return;
      }
      case 'read':
        await this.#try('markRead', { contact, upTo: message.upTo });
        return;
      case 'draft':
        this.#parts.draft.set(message.draft);
        return;
      case 'place':
        this.#place = message.order;
        return;
      case 'go-online':
        this.#parts.goOnline();
        return;
      case 'why':
        this.#parts.why(contact);
        return;
      case 'open-link':
        await this.#parts.openLink(message.url);
        return;
      case 'copy':
        await this.#parts.copy(message.text);
        return;
      case 'open-code':
        this.#parts.openCode(message.text, message.language);
        return;
      case 'decide':
        await this.#parts.decide(message.decision);
    }
  }

  /** Whether it was disposed of meanwhile, perhaps by whoever was told something. */
  #gone(): boolean {
    return this.#disposed;
  }

  #follow(to: Contact): void {
    const from = this.#contact;
    this.#contact = to.id;
    this.#parts.onReplaced(from, to);
  }

  /** Reads all and gives it to the page, the message to show once: it may be gone. Tells a peer that this is open. */
  async #open(isNewPage = false): Promise<void> {
    if (this.#gone()) return;
    if (isNewPage) this.#wanted &&= { ...this.#wanted, isPosted: false };
    const { client } = this.#parts;
    const contact = this.#contact;
    const byPerson = this.#byPerson;
    const reading = ++this.#reading;
    this.#waiting ??= [];
    try {
      const page = await client.request('openConversation', {
        contact,
        limit: this.#firstMessages(),
        byPerson,
      });
      this.#byPerson = false;
      this.#isRead = true;
      if (this.#disposed || reading !== this.#reading) return;
      // Replaced while this window was connected to no peer.
      if (page.contact.id !== contact) this.#follow(page.contact);
      if (this.#gone()) return;
      this.#parts.onContact(page.contact);
      this.#forgetUnsure(page.messages);
      this.#show(page);
      // What was not read, or is looked for, comes before what was being read.
      if (isNewPage && this.#place !== null && page.contact.unread === 0 && this.#wanted === undefined)
        this.#post({ type: 'place', order: this.#place });
    } catch (error) {
      if (this.#disposed || reading !== this.#reading) return;
      // A page without a state takes none of it.
      for (const message of this.#takeWaiting()) this.#post(message);
      this.#parts.onFailed(problemOf(error), byPerson);
    }
  }

  #firstMessages(): number {
    const contact = this.#parts.client.snapshot?.contacts.find(({ id }) => id === this.#contact);
    const wanted = (contact?.unread ?? 0) + READ_BEFORE_UNREAD;
    return Math.min(Math.max(FIRST_MESSAGES, wanted), MOST_FIRST_MESSAGES);
  }

  #show(page: ConversationPage): void {
    const waiting = this.#takeWaiting();
    this.#told += 1;
    const { online, me } = this.#self();
    this.#mark = this.#parts.mark(this.#contact);
    this.#post({
      type: 'state',
      ...page,
      me,
      online,
      mark: this.#mark,
      draft: this.#parts.draft.get(),
      people: this.#parts.people().slice(0, MAX_PROPOSED_PEOPLE),
      maxTextBytes: MAX_TEXT_BYTES,
    });
    this.#postWanted();
    for (const message of waiting) if (message.type !== 'older') this.#post(message);
  }

  #takeWaiting(): readonly HostMessage[] {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    return waiting;
  }

  async #send({ token, text, about }: Extract<PageMessage, { type: 'send' }>): Promise<void> {
    const { client, workspace, l10n, draft } = this.#parts;
    const refusal = refuseText(l10n, text);
    if (refusal !== undefined) {
      this.#post({ type: 'not-sent', token, reason: refusal });
      return;
    }
    const id = this.#unsure.take(text, about) ?? this.#parts.newId();
    const to = { id, contact: this.#contact, workspace };
    const page = this.#page;
    const replyTo = about?.kind === 'reply' ? { message: about.message, by: about.by } : null;
    try {
      if (about?.kind === 'edit') {
        await client.request('change', { ...to, change: { ...about, text } });
      } else {
        await client.request('send', { ...to, text, ...(replyTo === null ? {} : { replyTo }) });
      }
      this.#post({ type: 'sent', token });
    } catch (error) {
      this.#unsure.add(text, about, id);
      const isEdit = about?.kind === 'edit';
      const edit = isEdit ? { message: about.message, text } : null;
      const isThere = this.#hasPage && !this.#disposed;
      if (isThere && page === this.#page) {
        this.#post({ type: 'not-sent', token, reason: problemOf(error).message });
        return;
      }
      // A page that is gone by now finds it again.
      draft.set(withReturned(draft.get(), { text: isEdit ? '' : text, replyTo, edit }));
      if (!isThere) return;
      this.#parts.beginAnew();
      this.#parts.failed(error);
    }
  }

  /** What is shown was stored: it is to be sent no more. */
  #forgetUnsure(shown: readonly { readonly id: string }[]): void {
    const { draft } = this.#parts;
    for (const text of this.#unsure.stored(shown)) {
      const known = draft.get();
      const rest = withoutHead(known.text, text);
      if (rest !== null) draft.set({ ...known, text: rest, replyTo: rest === '' ? null : known.replyTo });
      this.#push({ type: 'stored', text });
    }
  }

  #self(): { online: boolean; me: string } {
    const status = this.#parts.status();
    return {
      online: isReachable(status),
      me: status.kind === 'offline' ? this.#parts.ownName() : status.name,
    };
  }

  /** A page gets everything first. */
  #postWanted(): void {
    if (this.#wanted?.isPosted !== false || !this.#hasPage || this.#waiting !== undefined) return;
    this.#post(this.#wanted.post);
    this.#wanted = { ...this.#wanted, isPosted: true };
  }

  #push(message: HostMessage): void {
    if (this.#waiting === undefined) this.#post(message);
    else this.#waiting.push(message);
  }

  #post(message: HostMessage): void {
    if (this.#hasPage && !this.#disposed) this.#parts.post(message);
  }

  /** A request whose failure only the log needs to know: the page can ask again. */
  async #try<M extends PeerMethod>(method: M, params: PeerParams<M>): Promise<PeerResult<M> | undefined> {
    try {
      return await this.#parts.client.request(method, params);
    } catch (error) {
      this.#parts.log(`${method} failed: ${problemOf(error).message}`);
      return undefined;
    }
  }
}
