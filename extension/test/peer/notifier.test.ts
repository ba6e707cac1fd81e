import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContactView, MessageView } from '../../src/core/views.ts';
import type { PeerPushValue } from '../../src/peer-api.ts';
import { mentions } from '../../src/mentions.ts';
import { BURST_MS, Notifier } from '../../src/peer/notifier.ts';
import { AS_WRITTEN, fakeContact, fakeId } from '../fake-peer.ts';
import { FakeClock } from '../support/fake-clock.ts';

const CAROL = fakeId('Carol');
const [FIRST, SECOND] = [{ window: 1 }, { window: 2 }];
const SEEN = { focused: true, inView: [CAROL], notifying: [] };
const ELSEWHERE = { focused: true, inView: [], notifying: [] };
const BEHIND = { focused: false, inView: [CAROL], notifying: [] };

let order = 0;
function written(text: string | null): MessageView {
  order += 1;
  const at = { writtenAt: 0, storedAt: 0, order };
  return {
    ...at,
    id: String(order),
    contact: CAROL,
    mine: false,
    kind: 'text',
    text,
    ...AS_WRITTEN,
    state: 'received',
    held: false,
    refused: null,
  };
}

function world() {
  const clock = new FakeClock();
  const told: { window: object; arrived: PeerPushValue<'notify'> }[] = [];
  const notifier = new Notifier({
    clock,
    ownName: () => 'Sam',
    notify: (window, arrived) => told.push({ window, arrived }),
  });
  const write = (texts: readonly (string | null)[], changes: Partial<ContactView> = {}): void => {
    notifier.arrived(texts.map((text) => written(text)));
    notifier.contact(fakeContact('Carol', { unread: texts.length, ...changes }));
  };
  return { clock, told, notifier, write, later: () => clock.advance(BURST_MS) };
}

describe('what a contact writes', () => {
  it('is one notification for a burst, with what calls this person by name apart', async () => {
    const { notifier, write, told, later } = world();
    notifier.attend(FIRST, ELSEWHERE);
    write(Array.from({ length: 300 }, (_, index) => `message ${index}`));
    write(['look, @Sam', 'the end'], { unread: 302 });
    await later();
    assert.deepEqual(told, [
      {
        window: FIRST,
        arrived: {
          contact: CAROL,
          name: 'Carol',
          all: { count: 302, newest: 'the end' },
          mentions: { count: 1, newest: 'look, @Sam' },
        },
      },
    ]);
  });

  it('counts only what was not read yet', async () => {
    const { notifier, write, told, later } = world();
    notifier.attend(FIRST, ELSEWHERE);
    write(['read in view']);
    write(['not read'], { unread: 1 });
    await later();
    assert.deepEqual(
      told.map(({ arrived: { all } }) => all),
      [{ count: 1, newest: 'not read' }],
    );
  });

  it('is none in view of the focused window, nor from whoever is muted or no accepted contact, nor once it was read', async () => {
    for (const [attention, changes] of [
      [SEEN, {}],
      [ELSEWHERE, { muted: true }],
      [ELSEWHERE, { standing: 'request' }],
      [ELSEWHERE, { standing: 'blocked' }],
      [ELSEWHERE, { unread: 0 }],
    ] as const) {
      const { notifier, write, told, later } = world();
      notifier.attend(FIRST, attention);
      write(['hello'], changes);
      await later();
      assert.deepEqual(told, [], JSON.stringify([attention, changes]));
    }
  });

  it('is none after all windows went', async () => {
    const { notifier, write, told, later } = world();
    notifier.attend(FIRST, ELSEWHERE);
    write(['hello']);
    notifier.left(FIRST);
    await later();
    assert.deepEqual(told, []);
  });

  it('notifies in one window: the focused one, else the one that was focused last', async () => {
    const { notifier, write, told, later } = world();
    notifier.attend(FIRST, ELSEWHERE);
    notifier.attend(SECOND, BEHIND);
    write(['one']);
    await later();
    notifier.attend(FIRST, { ...ELSEWHERE, focused: false });
    write(['two']);
    await later();
    notifier.attend(SECOND, { ...BEHIND, focused: true, inView: [] });
    notifier.attend(SECOND, BEHIND);
    write(['three']);
    await later();
    assert.deepEqual(
      told.map(({ window }) => window),
      [FIRST, FIRST, SECOND],
    );
  });

  it('is not notified again while a window shows a notification of it', async () => {
    const { notifier, write, told, later } = world();
    notifier.attend(FIRST, { focused: false, inView: [], notifying: [CAROL] });
    notifier.attend(SECOND, ELSEWHERE);
    write(['hello']);
    await later();
    assert.deepEqual(told, []);
  });

  it('is told as it reads by then: of what was deleted no text, of what was edited the new one', async () => {
    for (const [became, newest] of [
      [{ text: null, deleted: true }, null],
      [{ text: 'swordfish, @Sam?', edited: true }, 'swordfish, @Sam?'],
    ] as const) {
      const { notifier, told, later } = world();
      notifier.attend(FIRST, ELSEWHERE);
      const [before, slip] = [written('hello'), written('swordfish, @Sam')];
      notifier.arrived([before, slip]);
      notifier.contact(fakeContact('Carol', { unread: 2 }));
      notifier.changed([{ ...slip, ...became }]);
      notifier.changed([{ ...slip, contact: fakeId('Dave'), text: 'another' }]);
      await later();
      assert.deepEqual(
        told.map(({ arrived: { all, mentions } }) => [all, mentions]),
        [
          [
            { count: 2, newest },
            { count: 1, newest },
          ],
        ],
      );
    }
  });

  it('goes with the contact: to a new identity, or nowhere', async () => {
    const { notifier, write, told, later, clock } = world();
    notifier.attend(FIRST, ELSEWHERE);
    write(['hello']);
    const to = fakeContact('Caroline', { unread: 1 });
    notifier.replaced({ from: CAROL, to });
    await later();
    assert.deepEqual(
      told.map(({ arrived: { contact, all } }) => [contact, all.newest]),
      [[to.id, 'hello']],
    );
    write(['gone']);
    notifier.removed(CAROL);
    write(['stopped']);
    notifier.stop();
    await later();
    assert.equal(told.length, 1);
    assert.equal(clock.pending, 0);
  });
});

describe('a mention', () => {
  it('is an @ with the whole name, in capitals or not', () => {
    for (const text of ['@Sam', 'hey @sam, look', '(@SAM)', 'ask @Sam.', 'a\n@sam']) {
      assert.ok(mentions(text, 'Sam'), text);
    }
    for (const text of ['Sam', '@Samuel', 'me@sam', '@sam-2', '@sam.smith', '@ Sam', '']) {
      assert.ok(!mentions(text, 'Sam'), text);
    }
    assert.ok(mentions('so @sam smith says', 'Sam Smith'));
    assert.ok(!mentions('so @sam', 'Sam Smith'));
    assert.ok(mentions('@a.b!', 'a.b') && !mentions('@axb', 'a.b'));
    assert.ok(!mentions('@', ''));
  });
});
