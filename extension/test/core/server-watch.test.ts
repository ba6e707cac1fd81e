import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Presence } from '@p2p-chat/protocol/discovery';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_WATCHES } from '@p2p-chat/protocol/limits';
import type { Directory } from '../../src/core/net-ports.ts';
import { WatchList } from '../../src/core/watch-list.ts';
import { fingerprintNamed } from '../support/envelopes.ts';
import { acquainted } from './keyed-people.ts';
import { type Person, World } from './world.ts';

const server = 'http://127.0.0.1:8000';

/** What a server takes of one session: of more than MAX_WATCHES nothing. */
class Watches {
  readonly now = new Set<Fingerprint>();
  refused = 0;

  watch(identities: readonly Fingerprint[]): void {
    const after = new Set([...this.now, ...identities]);
    if (after.size > MAX_WATCHES) this.refused += 1;
    else for (const identity of identities) this.now.add(identity);
  }

  unwatch(identities: readonly Fingerprint[]): void {
    for (const identity of identities) this.now.delete(identity);
  }
}

const presenceOf = (name: string): Presence => ({
  name,
  identity: fingerprintNamed(name),
  online: false,
  lastSeen: 0,
  device: null,
  endpoints: [],
});
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, each) => fingerprintNamed(`${prefix}-${each}`));

/** Carol at a server that counts what she watches. */
async function scene(): Promise<{ world: World; carol: Person; watches: Watches }> {
  const world = new World();
  const carol = world.person('Carol');
  const watches = new Watches();
  const session: Directory = {
    ...carol.directory,
    watch: (identities) => {
      watches.watch(identities);
      carol.directory.watch(identities.filter((identity) => watches.now.has(identity)));
    },
    unwatch: (identities) => watches.unwatch(identities),
  };
  carol.isOnline = true;
  carol.chat.goOnline(session, server, () => []);
  await carol.chat.directoryConnected();
  await world.clock.settle();
  return { world, carol, watches };
}

describe('many new accounts on the server', () => {
  it('never take the watch of a contact who is added afterwards, or one who was there before', async () => {
    const { world, carol, watches } = await scene();
    const early = world.person('Early');
    carol.chat.decisions.addContact({ identity: early.identity, name: 'Early', server });
    for (let count = 0; count < MAX_WATCHES + 200; count += 1)
      carol.chat.account(presenceOf(`flood-${count}`));
    await world.clock.settle();
    const late = world.person('Late');
    await late.goOnline();
    carol.chat.decisions.addContact({ identity: late.identity, name: 'Late', server });
    await world.clock.settle();
    assert.equal(carol.view(late.identity)?.presence, 'online');
    assert.deepEqual([watches.now.size, watches.refused], [MAX_WATCHES, 0]);
    assert.ok(watches.now.has(early.identity) && watches.now.has(late.identity));
    assert.ok(!watches.now.has(fingerprintNamed('flood-0')), 'the oldest of the others made room');
  });

  it('leave no watch behind when they are deleted', async () => {
    const { world, carol, watches } = await scene();
    const before = watches.now.size;
    for (let count = 0; count < 20; count += 1) carol.chat.account(presenceOf(`flood-${count}`));
    assert.equal(watches.now.size, before + 20);
    for (let count = 0; count < 20; count += 1) carol.chat.removed(fingerprintNamed(`flood-${count}`));
    await world.clock.settle();
    assert.equal(watches.now.size, before);
  });
});

describe('whom a device watches', () => {
  it('are never more than a server takes, contacts first, then those who were listed first', () => {
    const watches = new Watches();
    const list = new WatchList(watches);
    const [contacts, listed] = [names('contact', 600), names('listed', 600)];
    list.addListed(listed);
    list.setContacts(contacts);
    assert.deepEqual([watches.now.size, watches.refused], [MAX_WATCHES, 0]);
    assert.ok(contacts.every((identity) => watches.now.has(identity)));
    assert.deepEqual(
      listed.filter((identity) => watches.now.has(identity)),
      listed.slice(200),
    );
    list.addListed(names('late', 5));
    assert.ok(names('late', 5).every((identity) => !watches.now.has(identity)));
  });

  it('who is no contact any longer gives way like anybody who is listed, and of too many contacts the first count', () => {
    const watches = new Watches();
    const list = new WatchList(watches);
    const [first, second] = [names('first', MAX_WATCHES), names('second', MAX_WATCHES)];
    list.setContacts([...first, ...second]);
    assert.deepEqual([...watches.now], first);
    list.setContacts(second);
    assert.deepEqual([new Set(second), watches.refused], [watches.now, 0]);
    const [gone = ''] = second;
    list.drop(gone);
    assert.equal(watches.now.size, MAX_WATCHES - 1);
  });
});

describe('an account that is deleted', () => {
  it('leaves the directory; a contact and the conversation stay', async () => {
    const { world, sam, carol } = await acquainted();
    const dave = world.person('Dave');
    await dave.goOnline();
    await world.introduce(dave);
    for (const gone of [carol, dave]) {
      await gone.crash();
      sam.chat.removed(gone.identity);
    }
    await world.clock.settle();
    assert.deepEqual(sam.seen.directory?.people, []);
    assert.deepEqual([sam.view(carol.identity)?.presence, sam.conversation(carol).length], ['offline', 2]);
  });
});
