import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Snapshot } from '../../src/peer-api.ts';
import { Listeners } from '../../src/windows/listeners.ts';
import { Patience } from '../../src/windows/patience.ts';
import { applyPush } from '../../src/windows/snapshot.ts';
import { UnderWay } from '../../src/windows/under-way.ts';
import { carol, dave, offline } from './fixtures/people.ts';

describe('applyPush', () => {
  const both: Snapshot = { ...offline, contacts: [carol, dave] };

  it('replaces the status and the directory', () => {
    const status = { kind: 'connecting', name: 'Sam', server: 'http://127.0.0.1:8000' } as const;
    assert.deepEqual(applyPush(both, 'status', status), { ...both, status });
    const directory = { people: [dave], more: true };
    assert.deepEqual(applyPush(both, 'directory', directory), { ...both, directory });
  });

  it('replaces a contact in its place, and adds a new one at the end', () => {
    const unread = { ...carol, unread: 3 };
    assert.deepEqual(applyPush(both, 'contact', unread).contacts, [unread, dave]);
    assert.deepEqual(applyPush(offline, 'contact', dave).contacts, [dave]);
    assert.deepEqual(both.contacts, [carol, dave]);
  });

  it('puts a contact with a new identity in the place of the one before', () => {
    const next = { ...carol, id: 'e'.repeat(64) };
    assert.deepEqual(applyPush(both, 'contactReplaced', { from: carol.id, to: next }).contacts, [next, dave]);
    assert.deepEqual(applyPush(both, 'contactReplaced', { from: carol.id, to: dave }).contacts, [dave]);
    assert.deepEqual(applyPush(offline, 'contactReplaced', { from: carol.id, to: next }).contacts, [next]);
  });

  it('forgets a contact that was removed', () => {
    assert.deepEqual(applyPush(both, 'contactRemoved', { contact: carol.id }).contacts, [dave]);
    assert.deepEqual(applyPush(offline, 'contactRemoved', { contact: carol.id }).contacts, []);
  });

  it('gives back the same state for what no snapshot holds', () => {
    assert.equal(applyPush(both, 'messages', []), both);
    assert.equal(applyPush(both, 'log', { level: 'info', text: 'x' }), both);
    assert.equal(
      applyPush(both, 'notice', { contact: carol.id, kind: 'away', after: 1, at: 1, count: 0, detail: '' }),
      both,
    );
  });
});

describe('patience', () => {
  it('lets a window elect at once, but looks first after a lost election, the more the more it lost in a row', () => {
    const patience = new Patience();
    assert.ok(patience.mayElect(0));
    const looksAfterLosing = (): number => {
      patience.lostElection();
      let looks = 0;
      for (; !patience.mayElect(0); looks++) {
        const pause = patience.pause(0, looks % 2);
        assert.ok(pause >= 20 && pause <= 200);
      }
      return looks;
    };
    assert.deepEqual([1, 2, 3, 4, 5].map(looksAfterLosing), [9, 18, 36, 45, 45]);
    patience.connected();
    assert.equal(looksAfterLosing(), 9);
  });

  it('waits longer after each failure, up to 30 s, and looks for others meanwhile', () => {
    const patience = new Patience();
    const barredFor = (): number => {
      let time = 0;
      patience.failed(0, 0);
      while (!patience.mayElect(time)) {
        const pause = patience.pause(time, 0);
        assert.ok(pause <= 1_000);
        time += pause;
      }
      return time;
    };
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map(barredFor).map((ms) => Math.floor(ms / 1000));
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    patience.wanted();
    assert.ok(patience.mayElect(0));
    patience.connected();
    assert.equal(Math.floor(barredFor() / 1000), 1);
  });

  it('lets one window after the other take over, in turn', () => {
    const looks = [0, 1, 2, 100].map((before) => {
      const patience = new Patience();
      patience.lostOwner(before);
      let count = 0;
      for (; !patience.mayElect(0); count++) patience.pause(0, 0.5);
      return count;
    });
    assert.deepEqual(looks, [0, 4, 8, 45]);
  });

  it('looks no further when whoever listens does not answer', () => {
    const patience = new Patience();
    patience.lostElection();
    assert.ok(!patience.mayElect(0));
    patience.silent();
    assert.ok(patience.mayElect(0));
  });

  it('leaves a newer window about five seconds to take over', () => {
    const patience = new Patience();
    patience.handedOver();
    let waited = 0;
    while (!patience.mayElect(waited)) waited += patience.pause(waited, 0.5);
    assert.ok(waited > 4_000 && waited < 6_000, `${waited} ms`);
  });
});

describe('what is under way', () => {
  it('comes to what it comes to, or is given up', async () => {
    const underWay = new UnderWay();
    assert.equal(await underWay.follow(Promise.resolve('done')), 'done');
    await assert.rejects(underWay.follow(Promise.reject(new Error('failed'))), /failed/);
    const { promise, resolve } = Promise.withResolvers<string>();
    const followed = [underWay.follow(promise), underWay.follow(promise)];
    underWay.reject(new Error('given up'));
    for (const each of followed) await assert.rejects(each, /given up/);
    resolve('too late');
    underWay.reject(new Error('nobody is left'));
  });
});

describe('listeners', () => {
  it('are all called, whatever one of them throws, and no more once removed', () => {
    const errors: unknown[] = [];
    const heard: string[] = [];
    const listeners = new Listeners<string>((error) => errors.push(error));
    listeners.add(() => {
      throw new Error('a mistake');
    });
    const remove = listeners.add((value) => heard.push(value));
    listeners.fire('one');
    remove();
    listeners.fire('two');
    assert.deepEqual(heard, ['one']);
    assert.equal(errors.length, 2);
  });
});
