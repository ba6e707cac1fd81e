import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PeerPushValue } from '../../src/peer-api.ts';
import {
  harmless,
  Notifications,
  notificationText,
  type NotificationsWanted,
  OPEN_MS,
} from '../../src/vscode/notifications.ts';
import { fakeId } from '../fake-peer.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { english } from './english.ts';

const SAM = fakeId('Sam');

function arrived(count: number, newest: string | null, mentioning = 0): PeerPushValue<'notify'> {
  return {
    contact: SAM,
    name: 'Sam',
    all: { count, newest },
    mentions: { count: mentioning, newest: mentioning === 0 ? null : '@Carol look' },
  };
}

function world() {
  const clock = new FakeClock();
  const shown: {
    text: string;
    buttons: readonly string[];
    close: (chosen?: string) => void;
    fail: () => void;
  }[] = [];
  const did: string[] = [];
  const set = { wanted: 'all' as NotificationsWanted, isFocused: true, isBroken: false };
  const notifications = new Notifications({
    l10n: english,
    wanted: () => set.wanted,
    isFocused: () => set.isFocused,
    show: (text, buttons) =>
      new Promise((close, fail) =>
        shown.push({ text, buttons, close, fail: () => fail(new Error('not shown')) }),
      ),
    reply: (contact) => did.push(`reply ${contact}`),
    mute: (contact) => {
      if (set.isBroken) throw new Error('no window');
      did.push(`mute ${contact}`);
    },
    failed: (error) => did.push(String(error)),
    changed: () => did.push(`open ${notifications.open.length}`),
    after: (ms, run) => clock.after(ms, run),
  });
  return { clock, shown, did, set, notifications };
}

describe('a notification', () => {
  it('says who and how the newest message begins, or how many there are', () => {
    assert.equal(notificationText(english, arrived(1, 'hello'), 'all'), 'Sam: hello');
    assert.equal(notificationText(english, arrived(3, 'hello'), 'all'), '3 new messages from Sam: hello');
    assert.equal(notificationText(english, arrived(1, null), 'all'), 'New message from Sam');
    assert.equal(notificationText(english, arrived(2, ' \n'), 'all'), '2 new messages from Sam');
    assert.equal(notificationText(english, arrived(1, '**now**: `npm i`'), 'all'), 'Sam: now: npm i');
    const escaped = arrived(1, '\\[click\\](command:evil)');
    assert.equal(notificationText(english, escaped, 'all'), 'Sam: [click] (command:evil)');
  });

  it('is for all messages, for mentions, or for none', () => {
    assert.equal(notificationText(english, arrived(3, 'hello', 1), 'mentions'), 'Sam: @Carol look');
    assert.equal(notificationText(english, arrived(3, 'hello'), 'mentions'), null);
    assert.equal(notificationText(english, arrived(3, 'hello', 1), 'none'), null);
  });

  it('has one short line of plain text', () => {
    assert.equal(harmless('a\n\tb\u0000\u202ec\u2069'), 'a b c');
    assert.equal(harmless('[click](command:evil) [x](https://x)'), '[click] (command:evil) [x] (https://x)');
    assert.equal(harmless('👩‍👩‍👧'), '👩‍👩‍👧');
    assert.equal(Array.from(harmless('😀'.repeat(500))).length, 121);
  });

  it('is one while it is open, and leads to an answer or mutes', async () => {
    const { clock, shown, did, notifications } = world();
    notifications.notify(arrived(1, 'one'));
    notifications.notify(arrived(1, 'two'));
    assert.deepEqual(
      shown.map(({ text, buttons }) => [text, buttons]),
      [['Sam: one', ['Reply', 'Mute']]],
    );
    shown[0]?.close('Reply');
    await clock.settle();
    notifications.notify(arrived(1, 'three'));
    shown[1]?.close('Mute');
    await clock.settle();
    assert.deepEqual(did, ['open 1', 'open 0', `reply ${SAM}`, 'open 1', 'open 0', `mute ${SAM}`]);
    assert.equal(clock.pending, 0);
  });

  it('that fails, or leads to what fails, is over, and said to have failed', async () => {
    const { clock, shown, did, set, notifications } = world();
    set.isBroken = true;
    notifications.notify(arrived(1, 'one'));
    shown[0]?.close('Mute');
    await clock.settle();
    notifications.notify(arrived(1, 'two'));
    shown[1]?.fail();
    await clock.settle();
    const failures = ['Error: no window', 'Error: not shown'];
    assert.deepEqual(did, ['open 1', 'open 0', failures[0], 'open 1', 'open 0', failures[1]]);
    assert.deepEqual(notifications.open, []);
  });

  it('counts as open until it was on the screen of a focused window for a while', async () => {
    const { clock, shown, set, notifications } = world();
    set.isFocused = false;
    notifications.notify(arrived(1, 'one'));
    await clock.advance(10 * OPEN_MS);
    assert.deepEqual(notifications.open, [SAM]);
    set.isFocused = true;
    notifications.focusChanged();
    await clock.advance(OPEN_MS);
    assert.deepEqual(notifications.open, []);
    notifications.notify(arrived(1, 'two'));
    assert.equal(shown.length, 2);
    notifications.dispose();
    assert.equal(clock.pending, 0);
  });
});
