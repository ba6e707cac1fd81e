import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_OPEN_NONCES, MAX_WATCHES, NONCE_TTL_MS, OFFLINE_AFTER_MS } from '@p2p-chat/protocol/limits';
import { Directory, Listed } from '../src/directory.ts';
import { refuseBrowsers } from '../src/guard.ts';
import { Heartbeat } from '../src/heartbeat.ts';
import { NoncePool } from '../src/nonces.ts';
import { PresenceTable } from '../src/presence.ts';
import { onlineJson, presenceOf } from '../src/presence-json.ts';
import { type Frame, FrameMemory, type Item, textOf } from '../src/session/frame.ts';
import { resultFrame } from '../src/session/requests.ts';
import { serverFrame } from '@p2p-chat/protocol/discovery';
import { decodeJson } from '@p2p-chat/protocol/text';
import { PushStream } from '../src/session/push-stream.ts';
import { Watches } from '../src/watches.ts';
import { FakeClock } from './fake-clock.ts';
import { anAccount, handedOn } from './store.contract.ts';
import { textIn } from './text-in.ts';

const id = 'a'.repeat(64);
const state = { device: 'd'.repeat(64), endpoints: [{ address: '10.0.0.1', port: 4000 }] };
const at = (ms: number): { at: number; wall: number } => ({ at: ms, wall: 1_000_000 + ms });

describe('the directory', () => {
  test('pages through the names in order, whatever their case', () => {
    const directory = new Directory([anAccount('dan', '1'), anAccount('Alice', '2')]);
    directory.add(anAccount('carol', '3'));
    directory.add(anAccount('Bob', '4'));
    directory.add(anAccount('Bob', '4'));
    const names = (after: string | null, limit: number): [string[], string | null] => {
      const { listed, next } = directory.page(after, limit);
      return [listed.map(({ account }) => account.name), next];
    };
    assert.deepEqual(names(null, 3), [['Alice', 'Bob', 'carol'], 'carol']);
    assert.deepEqual(names('CAROL', 3), [['dan'], null]);
    assert.deepEqual(names('c', 1), [['carol'], 'carol']);
    assert.deepEqual(names('zzz', 1), [[], null]);
    assert.deepEqual(names(null, 4), [['Alice', 'Bob', 'carol', 'dan'], null]);
    assert.equal(directory.byName('CAROL')?.name, 'carol');
    assert.equal(directory.byName('caro'), undefined);
    assert.equal(directory.size, 4);
  });

  test('keeps its order and its pages when people are renamed and leave', () => {
    const directory = new Directory([
      anAccount('Alice', '1'),
      anAccount('Bob', '2'),
      anAccount('Carol', '3'),
    ]);
    directory.rename('1'.repeat(64), 'Dora');
    directory.remove('2'.repeat(64));
    directory.remove('2'.repeat(64));
    directory.rename('2'.repeat(64), 'Zoe');
    directory.add(anAccount('bert', '4'));
    const { listed, next } = directory.page(null, 2);
    assert.deepEqual([listed.map(({ account }) => account.name), next], [['bert', 'Carol'], 'Carol']);
    assert.deepEqual(
      directory.page(next, 2).listed.map(({ account }) => account),
      [anAccount('Dora', '1')],
    );
    assert.equal(directory.byName('alice'), undefined);
    assert.equal(directory.byName('dora')?.identity, '1'.repeat(64));
    assert.equal(directory.size, 3);
  });

  test('pages past names that only look alike', () => {
    const directory = new Directory([
      anAccount('Bill', '1'),
      anAccount('Bi11', '2'),
      anAccount('B.ill', '3'),
    ]);
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = directory.page(after === '' ? null : after, 1);
      seen.push(...page.listed.map(({ account }) => account.name));
      after = page.next;
    }
    assert.deepEqual(seen, ['B.ill', 'Bi11', 'Bill']);
    assert.equal(directory.byName('bill')?.identity, '1'.repeat(64));
  });

  test('knows the successor of an identity for as long as the successor has the account', () => {
    const { old, next } = handedOn('Sam');
    const directory = new Directory([next]);
    assert.equal(directory.bySuccession(old.identity)?.identity, next.identity);
    assert.equal(directory.bySuccession(next.identity), undefined);
    directory.rename(next.identity, 'Samuel');
    assert.equal(directory.bySuccession(old.identity)?.name, 'Samuel');
    directory.remove(next.identity);
    assert.equal(directory.bySuccession(old.identity), undefined);
  });

  test('remembers when somebody was last seen', () => {
    const directory = new Directory([anAccount('Sam', 'a')]);
    directory.touch(id, { lastSeen: 5 });
    assert.equal(directory.byName('sam')?.lastSeen, 5);
    assert.equal(directory.byIdentity(id)?.lastSeen, 5);
  });
});

describe('presence', () => {
  test('keeps a user online for OFFLINE_AFTER_MS after the last sign of life, and no longer', () => {
    const table = new PresenceTable<string>();
    table.signIn(id, 's1', state, at(0));
    table.alive(id, 's1', at(500));
    assert.deepEqual(table.sweep(500 + OFFLINE_AFTER_MS - 1), []);
    const [gone] = table.sweep(500 + OFFLINE_AFTER_MS);
    assert.equal(gone?.seen.wall, 1_000_500);
    assert.equal(table.size, 0);
  });

  test('keeps a user whose session broke for all of OFFLINE_AFTER_MS, however long ago the last pong came', () => {
    const table = new PresenceTable<string>();
    table.signIn(id, 's1', state, at(0));
    table.disconnect(id, 's1', at(3_900));
    assert.deepEqual(table.sweep(3_900 + OFFLINE_AFTER_MS - 1), []);
    const [gone] = table.sweep(3_900 + OFFLINE_AFTER_MS);
    assert.equal(gone?.seen.wall, 1_000_000);
  });

  test('has no news when the same device comes back in time with the same endpoints', () => {
    const table = new PresenceTable<string>();
    assert.deepEqual(table.signIn(id, 's1', state, at(0)), { replaced: undefined, changed: true });
    table.disconnect(id, 's1', at(0));
    assert.deepEqual(table.signIn(id, 's2', state, at(1)), { replaced: undefined, changed: false });
    const moved = { ...state, endpoints: [] };
    assert.deepEqual(table.signIn(id, 's3', moved, at(2)), { replaced: 's2', changed: true });
    const other = { ...moved, device: 'e'.repeat(64) };
    assert.deepEqual(table.signIn(id, 's4', other, at(3)), { replaced: 's3', changed: true });
  });

  test('hears only the session that is current', () => {
    const table = new PresenceTable<string>();
    table.signIn(id, 's1', state, at(0));
    table.signIn(id, 's2', state, at(1));
    table.alive(id, 's1', at(9_000));
    table.disconnect(id, 's1', at(9_000));
    assert.equal(table.announce(id, 's1', []), false);
    assert.equal(table.signOut(id, 's1'), undefined);
    assert.equal(table.get(id)?.session, 's2');
    assert.equal(table.get(id)?.seen.at, 1);
    assert.equal(table.announce(id, 's2', state.endpoints), false);
    assert.equal(table.announce(id, 's2', []), true);
    assert.equal(table.signOut(id, 's2')?.identity, id);
    assert.equal(table.get(id), undefined);
  });
});

describe('the heartbeat', () => {
  test('does not count time in which the process itself did not run', () => {
    const clock = new FakeClock(0);
    const heartbeat = new Heartbeat(clock);
    const beats: number[] = [];
    heartbeat.start((now) => beats.push(now.at));
    clock.advance(2_000);
    clock.stall(3_600_000);
    clock.advance(1_000);
    heartbeat.stop();
    clock.advance(5_000);
    assert.deepEqual(beats, [1_000, 2_000, 3_000, 4_000]);
    assert.equal(heartbeat.moment().wall, 3_608_000);
  });
});

describe('nonces', () => {
  test('are good once, for a while, and the oldest goes first', () => {
    let count = 0;
    const pool = new NoncePool(() => String(++count));
    const first = pool.issue(0);
    assert.equal(pool.take(first, 1), true);
    assert.equal(pool.take(first, 1), false);
    assert.equal(pool.take('made up', 1), false);
    const late = pool.issue(10);
    assert.equal(pool.take(late, 10 + NONCE_TTL_MS), false);
    const oldest = pool.issue(20);
    const second = pool.issue(20);
    for (let more = 1; more < MAX_OPEN_NONCES; more += 1) pool.issue(20);
    assert.equal(pool.take(oldest, 20), false);
    assert.equal(pool.take(second, 20), true);
  });
});

describe('watches', () => {
  test('are limited by session, all or nothing, and forgotten with it', () => {
    const watches = new Watches<string>();
    const many = Array.from({ length: MAX_WATCHES }, (_, place) => String(place));
    assert.equal(watches.add('w', many), true);
    assert.equal(watches.add('w', many), true);
    assert.equal(watches.add('w', ['one more']), false);
    assert.deepEqual([...watches.watchersOf('one more')], []);
    watches.remove('w', ['0']);
    assert.equal(watches.add('w', ['one more']), true);
    watches.setDirectory('w', true);
    watches.forget('w');
    assert.deepEqual([...watches.watchersOf('1')], []);
    assert.deepEqual([...watches.watchedBy('w')], []);
    assert.deepEqual([...watches.ofDirectory()], []);
  });
});

describe('who watches somebody', () => {
  test('is told once, however often they asked, and the others go on when one leaves', () => {
    const watches = new Watches<string>();
    for (const watcher of ['a', 'b', 'c']) watches.add(watcher, ['x', 'x', 'y']);
    watches.add('a', ['y', 'x', 'z']);
    assert.deepEqual([...watches.watchersOf('x')], ['a', 'b', 'c']);
    assert.deepEqual([...watches.watchedBy('a')], ['x', 'y', 'z']);
    watches.remove('a', ['x', 'nobody']);
    assert.deepEqual([...watches.watchersOf('x')].sort(), ['b', 'c']);
    watches.remove('a', ['x']);
    watches.forget('c');
    assert.deepEqual([...watches.watchersOf('x')], ['b']);
    assert.deepEqual([...watches.watchersOf('y')].sort(), ['a', 'b']);
    assert.equal(watches.size, 4);
  });
});

describe('the stream of pushes', () => {
  test('counts what it drops, and shows the gap once the client reads again', () => {
    const sent: string[] = [];
    const sink = { bufferedAmount: 0, send: (frame: Frame) => void sent.push(textOf(frame)) };
    const stream = new PushStream('e', sink, 100);
    stream.change('presence', '1');
    sink.bufferedAmount = 101;
    stream.change('presence', '2');
    stream.showGap();
    sink.bufferedAmount = 100;
    stream.showGap();
    stream.showGap();
    assert.deepEqual(sent, [
      '{"type":"presence","epoch":"e","seq":1,"presence":1}',
      '{"type":"snapshot","epoch":"e","seq":3,"presences":[]}',
    ]);
  });
});

describe('a push', () => {
  test('carries what its type says', () => {
    const sent: string[] = [];
    const stream = new PushStream(
      'e',
      { bufferedAmount: 0, send: (frame) => void sent.push(textOf(frame)) },
      100,
    );
    stream.change('account', '1');
    stream.change('succession', '[2]');
    stream.change('removed', '"3"');
    assert.deepEqual(sent, [
      '{"type":"account","epoch":"e","seq":1,"presence":1}',
      '{"type":"succession","epoch":"e","seq":2,"successions":[2]}',
      '{"type":"removed","epoch":"e","seq":3,"identity":"3"}',
    ]);
  });
});

describe('the guard against web pages', () => {
  test('lets loopback literals in and nothing else', () => {
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:8000', '127.0.0.9', '[::1]:80', '[::1]']) {
      assert.equal(refuseBrowsers({ host }), undefined, host);
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      '127.0.0.1@evil',
      '10.0.0.1',
    ]) {
      assert.equal(refuseBrowsers({ host })?.status, 403, host);
    }
    assert.equal(refuseBrowsers({})?.status, 403);
    assert.equal(refuseBrowsers({ host: 'localhost', origin: 'http://localhost' })?.status, 403);
  });
});

describe('presences as JSON', () => {
  test('say the same as presences, whether anything changed since or not', () => {
    const account = { ...anAccount('Sam-1_a.b', 'a'), lastSeen: 5 };
    const online = { ...state, seen: at(7) };
    const moved = { ...online, seen: at(8), endpoints: [{ address: '2001:db8::1', port: 4_001 }] };
    for (const user of [online, moved, { ...moved, endpoints: [] }, online]) {
      assert.equal(onlineJson(account, user), JSON.stringify(presenceOf(account, user)));
    }
    const listed = new Listed(account);
    for (const one of [account, { ...account, lastSeen: 6 }, { ...account, device: state.device }, account]) {
      listed.account = one;
      for (let time = 0; time < 2; time += 1) {
        assert.equal(listed.offlineJson, JSON.stringify(presenceOf(one, undefined)));
      }
    }
  });

  test('make a page of the directory that a client reads', () => {
    const users = [anAccount('Alice', '1'), anAccount('Bob', '2')];
    const page = { users: users.map((user) => new Listed(user).offlineJson), next: 'Bob' };
    assert.deepEqual(decodeJson(serverFrame, textOf(resultFrame(7, { page }))), {
      type: 'result',
      id: 7,
      page: { users: users.map((user) => presenceOf(user, undefined)), next: 'Bob' },
    });
    assert.equal(textOf(resultFrame(8, {})), '{"type":"result","id":8}');
  });
});

describe('memory for frames', () => {
  const frame = (items: readonly Item[]) => ({ head: '{"all":[', items, tail: '],"é":"€"}' });

  test('holds what the frame says, in UTF-8, of any number of items and any size', () => {
    const memory = new FrameMemory();
    for (const size of [0, 1, 100, 10_000, 21_000, 22_000, 66_000]) {
      for (const items of [[], ['"a"'], ['"a"', `"${'ü€'.repeat(size / 2)}"`, `"${'x'.repeat(size)}"`]]) {
        const { bytes, giveBack } = memory.lend(frame(items));
        assert.equal(textIn(bytes), textOf(frame(items)));
        giveBack();
      }
    }
  });

  test('takes items that stand in a row already from where they stand', () => {
    const memory = new FrameMemory();
    for (const size of [1, 100, 60_000, 70_000]) {
      const long = 'x'.repeat(size);
      const row = Buffer.from(`-"a","${long}","ü"-`);
      const run = { memory: row, start: 1, end: row.length - 1 };
      const { bytes, giveBack } = memory.lend(frame(['1', run, '2', run]));
      giveBack();
      assert.equal(textIn(bytes), `{"all":[1,"a","${long}","ü",2,"a","${long}","ü"],"é":"€"}`);
    }
  });

  test('is used again once it was given back, and never before', () => {
    const memory = new FrameMemory();
    const lent = Array.from({ length: 40 }, (_, n) => memory.lend(frame([`${n}`])));
    const said = (n: number): string => textOf(frame([`${n}`]));
    assert.deepEqual(
      lent.map(({ bytes }) => textIn(bytes)),
      lent.map((_, n) => said(n)),
    );
    const [first, second] = lent;
    first?.giveBack();
    const next = memory.lend(frame(['next']));
    assert.equal(next.bytes.buffer, first?.bytes.buffer);
    assert.equal(second && textIn(second.bytes), said(1));
  });

  test('is no more than a few pieces, however many frames nobody reads', () => {
    const memory = new FrameMemory();
    const kept = Array.from({ length: 1_000 }, (_, n) => memory.lend(frame([`${n}`])).bytes);
    const all = new Set(kept.map(({ buffer }) => buffer));
    const bytes = [...all].reduce((sum, buffer) => sum + buffer.byteLength, 0);
    assert.ok(bytes < 2 * 1024 * 1024, `${bytes} bytes`);
  });
});
