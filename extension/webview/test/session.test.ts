import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import type { PageMessage } from '../../src/page-api.ts';
import type { HostMessage } from '../../src/panel-api.ts';
import type { Host } from '../src/host.ts';
import { ChatSession, DRAFT_DELAY_MS, MAX_TOLD_AT_ONCE, PLACE_DELAY_MS } from '../src/session.ts';
import { CAROL, draft, fullState, message, mine } from './harness/samples.ts';

class FakeHost implements Host {
  readonly posted: PageMessage[] = [];
  remembered: string | undefined;
  /** What it was told before anybody listened. */
  kept: HostMessage | undefined;
  #listeners = new Set<(message: HostMessage) => void>();

  post(posted: PageMessage): void {
    this.posted.push(posted);
  }

  listen(listener: (message: HostMessage) => void): () => void {
    this.#listeners.add(listener);
    if (this.kept !== undefined) listener(this.kept);
    return () => this.#listeners.delete(listener);
  }

  remember(contact: string): void {
    this.remembered = contact;
  }

  tell(message: HostMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  /** What was posted since the last time, but for who writes just now. */
  take(): PageMessage[] {
    return this.posted.splice(0).filter(({ type }) => type !== 'typing');
  }

  /** The same without drafts. */
  takeBesideDrafts(): PageMessage[] {
    return this.take().filter(({ type }) => type !== 'draft');
  }

  /** How often the person was said to write since the last time. */
  takeTyping(): number {
    return this.posted.splice(0).filter(({ type }) => type === 'typing').length;
  }
}

function started(t: TestContext, state = fullState()): { host: FakeHost; session: ChatSession } {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const host = new FakeHost();
  const session = new ChatSession(host, 100, () => undefined);
  session.start();
  host.tell(state);
  assert.deepEqual(host.take(), [{ type: 'ready' }]);
  return { host, session };
}

describe('session', () => {
  it('remembers the contact for the serializer', (t) => {
    assert.equal(started(t).host.remembered, CAROL);
  });

  it('asks for nothing when it was told everything before it began', () => {
    const host = new FakeHost();
    host.kept = fullState();
    const session = new ChatSession(host, 100, () => undefined);
    session.start();
    assert.deepEqual([session.state.phase, host.take()], ['ready', []]);
  });

  it('sends a text once, and one that came back under the next token', (t) => {
    const { host, session } = started(t);
    session.typed('hello');
    session.submit();
    session.submit();
    assert.deepEqual(host.takeBesideDrafts(), [{ type: 'send', token: 100, text: 'hello', about: null }]);
    host.tell({ type: 'not-sent', token: 100, reason: 'no' });
    assert.deepEqual(host.take(), [{ type: 'draft', draft: draft('hello') }]);
    session.submit();
    assert.deepEqual(host.take(), [
      { type: 'send', token: 101, text: 'hello', about: null },
      { type: 'draft', draft: draft('') },
    ]);
  });

  it('has no draft any more of a text that came back and was stored after all', (t) => {
    const { host, session } = started(t);
    session.typed('hello');
    session.submit();
    host.tell({ type: 'not-sent', token: 100, reason: 'no' });
    host.take();
    host.tell({ type: 'stored', text: 'hello' });
    session.submit();
    assert.deepEqual(host.take(), [{ type: 'draft', draft: draft('') }]);
  });

  it('posts whatever is typed at once: the next key may take the page away', (t) => {
    const { host, session } = started(t);
    session.typed('h');
    session.typed('he');
    session.typed('he');
    assert.deepEqual(host.take(), [
      { type: 'draft', draft: draft('h') },
      { type: 'draft', draft: draft('he') },
    ]);
  });

  it('posts a long text now and then: to hand it on takes the longer the longer it is', (t) => {
    const { host, session } = started(t);
    const long = 'x'.repeat(MAX_TOLD_AT_ONCE + 1);
    session.typed(long);
    mock.timers.tick(DRAFT_DELAY_MS - 1);
    session.typed(`${long}y`);
    assert.deepEqual(host.take(), []);
    mock.timers.tick(1);
    assert.deepEqual(host.take(), [{ type: 'draft', draft: draft(`${long}y`) }]);
    session.typed(`${long}yz`);
    assert.deepEqual(host.take(), []);
    session.typed('short');
    mock.timers.tick(DRAFT_DELAY_MS);
    assert.deepEqual(host.take(), [{ type: 'draft', draft: draft('short') }]);
  });

  it('posts an edit as soon as it begins, as it is typed, and when it is over', (t) => {
    const mineSaid = mine(1, Date.now(), 'teh');
    const { host, session } = started(t, fullState({ messages: [mineSaid], draft: draft('half') }));
    session.editLast();
    session.typed('the');
    mock.timers.tick(DRAFT_DELAY_MS);
    session.cancel();
    const posted = (text: string) => ({
      type: 'draft',
      draft: draft('half', null, { message: mineSaid.id, text }),
    });
    assert.deepEqual(host.take(), [posted('teh'), posted('the'), { type: 'draft', draft: draft('half') }]);
  });

  it('posts the draft at once when the page is left, and the same draft only once', (t) => {
    const { host, session } = started(t, fullState({ draft: draft('kept') }));
    session.flushDraft();
    assert.deepEqual(host.take(), []);
    const long = 'x'.repeat(MAX_TOLD_AT_ONCE + 1);
    session.typed(long);
    session.flushDraft();
    session.flushDraft();
    mock.timers.tick(DRAFT_DELAY_MS);
    assert.deepEqual(host.take(), [{ type: 'draft', draft: draft(long) }]);
  });

  it('has no draft any more as soon as the text left the box', (t) => {
    const { host, session } = started(t, fullState({ draft: draft('hello') }));
    session.submit();
    assert.deepEqual(host.take(), [
      { type: 'send', token: 100, text: 'hello', about: null },
      { type: 'draft', draft: draft('') },
    ]);
    host.tell({ type: 'sent', token: 100 });
    assert.deepEqual(host.take(), []);
  });

  it('tells what was read when it grew', (t) => {
    const messages = [message(1, 1, 'a'), message(2, 2, 'b')];
    const { host, session } = started(t, fullState({ messages, readUpTo: 1 }));
    session.attend(false);
    assert.deepEqual(host.take(), []);
    session.attend(true);
    session.attend(true);
    assert.deepEqual(host.take(), [{ type: 'read', upTo: 2 }]);
    host.tell({ type: 'messages', messages: [message(3, 3, 'c')] });
    assert.deepEqual(host.take(), [{ type: 'read', upTo: 3 }]);
  });

  it('tells where the person has scrolled to now and then, and the same place once', (t) => {
    const { host, session } = started(t);
    let place: number | null = 5;
    const move = (to: number | null): void => {
      place = to;
      session.moved(() => place);
    };
    move(6);
    move(7);
    assert.deepEqual(host.take(), []);
    mock.timers.tick(PLACE_DELAY_MS);
    assert.deepEqual(host.take(), [{ type: 'place', order: 7 }]);
    move(7);
    mock.timers.tick(PLACE_DELAY_MS);
    assert.deepEqual(host.take(), []);
    move(null);
    mock.timers.tick(PLACE_DELAY_MS);
    assert.deepEqual(host.take(), [{ type: 'place', order: null }]);
    move(3);
    session.stop();
    mock.timers.tick(PLACE_DELAY_MS);
    assert.deepEqual(host.take(), []);
  });

  it('tells again what a new peer does not know', (t) => {
    const state = fullState({ messages: [message(1, 1, 'a')], readUpTo: 0 });
    const { host, session } = started(t, state);
    session.attend(true);
    host.take();
    host.tell(state);
    assert.deepEqual(host.take(), [{ type: 'read', upTo: 1 }]);
  });

  it('hands on what the person decided about the contact', (t) => {
    const { host, session } = started(t);
    session.decide('accept-identity');
    assert.deepEqual(host.take(), [{ type: 'decide', decision: 'accept-identity' }]);
  });

  it('stops without a timer or a listener', (t) => {
    const { host, session } = started(t);
    session.typed('h');
    session.stop();
    assert.deepEqual(host.take(), [{ type: 'draft', draft: draft('h') }]);
    host.tell(fullState({ contact: fullState().contact, me: 'Other' }));
    mock.timers.tick(DRAFT_DELAY_MS);
    assert.deepEqual(host.take(), []);
    assert(session.state.phase === 'ready' && session.state.me === 'Sam');
  });

  it('says that the person writes, so often and no more, and not of an edit', (t) => {
    const { host, session } = started(t, fullState({ messages: [message(1, 1, 'mine', { mine: true })] }));
    session.typed(' ');
    assert.equal(host.takeTyping(), 0);
    for (const text of ['h', 'he', 'hel']) session.typed(text);
    assert.equal(host.takeTyping(), 1);
    session.submit();
    session.typed('a');
    assert.equal(host.takeTyping(), 1);
    session.submit();
    session.editLast();
    session.typed('mine!');
    assert.equal(host.takeTyping(), 0);
  });

  it('edits the last message that can be edited', (t) => {
    const own = (order: number, over: Parameters<typeof message>[3]) =>
      message(order, 1, `text ${order}`, { mine: true, ...over });
    const messages = [own(1, {}), own(2, { text: null, deleted: true }), own(3, { state: 'refused' })];
    const { host, session } = started(t, fullState({ messages: [...messages, message(4, 1, 'from Carol')] }));
    session.editLast();
    session.typed('text one');
    session.submit();
    const about = { kind: 'edit', message: messages[0]?.id ?? '' } as const;
    assert.deepEqual(
      host.take().filter(({ type }) => type === 'send'),
      [{ type: 'send', token: 100, text: 'text one', about }],
    );
  });
});
