import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Status } from '../../src/peer-api.ts';
import { chatLink, readChatQuery } from '../../src/vscode/chat-link.ts';
import { type ChatLinkParts, openChatLink } from '../../src/vscode/chat-links.ts';
import { ChatState } from '../../src/vscode/chat-state.ts';
import type { Question } from '../../src/vscode/decisions.ts';
import { FakePeer, fakeContact, fakeId, fakePerson } from '../fake-peer.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { english } from './english.ts';

const server = 'https://chat.example.com';
const online: Status = { kind: 'online', name: 'Sam', server, identity: fakeId('me'), endpoints: [] };

/** Sam, with what is asked of him and done for him. */
class Sam {
  readonly peer = new FakePeer();
  readonly state = new ChatState();
  readonly clock = new FakeClock();
  readonly asked: Question[] = [];
  readonly told: string[] = [];
  readonly opened: string[] = [];
  goings = 0;
  /** Whether Sam says yes. */
  agrees = true;
  /** What happens while a question stands there. */
  meanwhile: () => void = () => undefined;

  constructor(status: Status = online) {
    this.peer.own = {
      identity: fakeId('me'),
      device: fakeId('device'),
      account: { name: 'Sam', server, serverKey: null },
    };
    this.state.setStatus(status);
  }

  open(query: string): Promise<void> {
    const parts: ChatLinkParts = {
      client: this.peer,
      state: this.state,
      account: {
        goOnline: () => {
          this.goings += 1;
          this.state.setStatus(online);
          return Promise.resolve();
        },
      },
      openChat: (person) => this.opened.push(person),
      l10n: english,
      ask: (question) => {
        this.asked.push(question);
        this.meanwhile();
        return Promise.resolve(this.agrees ? question.choices[0] : undefined);
      },
      tell: (sentence) => this.told.push(sentence),
      clock: this.clock,
    };
    return openChatLink(parts, query);
  }

  /** Nothing but what answers whom a link means was asked of the peer. */
  assertNothingDone(): void {
    assert.deepEqual([this.opened, this.goings], [[], 0]);
    assert.ok(this.peer.asked.every(({ method }) => method === 'ownIdentity'));
  }
}

describe('a link to a chat', () => {
  test('names whom it is with by the fingerprint, and is read as it was made', () => {
    const link = chatLink('vscode', fakeId('Carol'));
    assert.equal(link, `vscode://p2p-chat.p2p-chat/chat?with=${fakeId('Carol')}`);
    const read = readChatQuery(english, link.slice(link.indexOf('?') + 1));
    assert.deepEqual(read, { ok: true, value: { kind: 'identity', identity: fakeId('Carol') } });
  });

  test('may have a name in it, or a fingerprint as people copy it', () => {
    assert.deepEqual(readChatQuery(english, 'with=Carol'), {
      ok: true,
      value: { kind: 'name', name: 'Carol' },
    });
    const grouped = (fakeId('Carol').match(/.{4}/g) ?? []).join(' ').toUpperCase();
    assert.deepEqual(readChatQuery(english, `with=${grouped}`), {
      ok: true,
      value: { kind: 'identity', identity: fakeId('Carol') },
    });
  });

  test('that says nothing of use is refused in a sentence that tells what is wrong with it', async () => {
    for (const [query, says] of [
      ['', /does not say with whom/],
      ['with=', /does not say with whom/],
      ['to=Carol', /does not say with whom/],
      ['with=Carol&with=Dave', /several people/],
      ['with=Carol%20Smith', /neither a name nor a whole fingerprint/],
      [`with=${fakeId('Carol').slice(1)}`, /neither a name nor a whole fingerprint/],
      ['with=<script>', /neither/],
    ] as const) {
      const sam = new Sam();
      await sam.open(query);
      assert.match(sam.told.join(), says, query);
      assert.deepEqual(sam.asked, []);
      sam.assertNothingDone();
    }
  });

  test('opens it with a contact once the person has seen who it is and agreed, and does nothing else', async () => {
    for (const query of ['with=carol', `with=${fakeId('Carol')}`]) {
      const sam = new Sam();
      sam.state.setContact(fakeContact('Carol', { trust: 'verified' }));
      sam.agrees = false;
      await sam.open(query);
      sam.assertNothingDone();
      sam.agrees = true;
      await sam.open(query);
      assert.deepEqual([sam.opened, sam.goings], [[fakeId('Carol')], 0]);
      const question = sam.asked[1];
      assert.equal(question?.message, 'Open a chat with Carol?');
      const fingerprint = (fakeId('Carol').match(/.{4}/g) ?? []).join(' ');
      assert.ok(question.detail.includes(fingerprint) && question.detail.includes('Verified'));
      assert.ok(sam.peer.asked.every(({ method }) => method === 'ownIdentity'));
    }
  });

  test('with somebody of the directory says that they become a contact', async () => {
    const sam = new Sam();
    sam.state.setDirectory({ people: [fakePerson('Dave')], more: false });
    await sam.open('with=Dave');
    assert.match(sam.asked[0]?.detail ?? '', /becomes one/);
    assert.deepEqual(sam.opened, [fakeId('Dave')]);
  });

  test('accepts nobody whom the person ignored or blocked, also not one ignored while it asks', async () => {
    for (const standing of ['ignored', 'blocked'] as const) {
      const sam = new Sam();
      sam.state.setContact(fakeContact('Mallory', { standing }));
      sam.state.setDirectory({ people: [fakePerson('Mallory')], more: false });
      await sam.open('with=Mallory');
      assert.match(sam.told.join(), new RegExp(`Mallory, who.* (ignored|blocked)`));
      sam.assertNothingDone();
    }
    const sam = new Sam();
    sam.state.setContact(fakeContact('Mallory', { standing: 'request' }));
    sam.meanwhile = () => sam.state.setContact(fakeContact('Mallory', { standing: 'ignored' }));
    await sam.open('with=Mallory');
    sam.assertNothingDone();
  });

  test('takes nobody for another by a name: of several the person is to choose, and looks alike is not the same', async () => {
    const sam = new Sam();
    sam.state.setContact(fakeContact('Carol'));
    sam.state.setDirectory({ people: [{ ...fakePerson('Other'), name: 'carol' }], more: false });
    await sam.open('with=Carol');
    assert.match(sam.told.join(), /several people called Carol/);
    sam.assertNothingDone();
    const other = new Sam();
    other.state.setContact({ ...fakeContact('Other'), name: 'CaroI' });
    other.state.setDirectory({ people: [fakePerson('Dave')], more: false });
    await other.open('with=Carol');
    assert.match(other.told.join(), /Carol, who is neither/);
    other.assertNothingDone();
  });

  test('to the person themselves, or to nobody, says so', async () => {
    const sam = new Sam();
    sam.state.setDirectory({ people: [fakePerson('Dave')], more: false });
    await sam.open(`with=${fakeId('me')}`);
    await sam.open('with=SAM');
    await sam.open('with=Nobody');
    assert.match(sam.told.join('\n'), /^.*with you.*\n.*with you.*\n.*Nobody, who is neither.*$/);
    sam.assertNothingDone();
  });

  test('puts nobody online by itself: it asks first, and then about the chat', async () => {
    const sam = new Sam({ kind: 'offline' });
    sam.state.setContact(fakeContact('Carol'));
    sam.agrees = false;
    await sam.open('with=Carol');
    assert.deepEqual(
      sam.asked.map(({ message }) => message),
      ['Go online first?'],
    );
    sam.assertNothingDone();
    sam.agrees = true;
    await sam.open('with=Carol');
    assert.deepEqual([sam.goings, sam.asked.length, sam.opened], [1, 3, [fakeId('Carol')]]);
  });

  test('waits while going online is under way, and for the directory that comes then', async () => {
    const sam = new Sam({ kind: 'connecting', name: 'Sam', server });
    const done = sam.open('with=Dave');
    await sam.clock.settle();
    assert.deepEqual(sam.asked, []);
    sam.state.setStatus(online);
    await sam.clock.settle();
    sam.state.setDirectory({ people: [fakePerson('Dave')], more: false });
    await done;
    assert.deepEqual([sam.goings, sam.opened], [0, [fakeId('Dave')]]);
    assert.equal(sam.clock.pending, 0);
  });

  test('gives up on a directory in which nobody is', async () => {
    const sam = new Sam();
    const done = sam.open('with=Dave');
    await sam.clock.advance(10_000);
    await done;
    assert.match(sam.told.join(), /Dave, who is neither/);
  });
});
