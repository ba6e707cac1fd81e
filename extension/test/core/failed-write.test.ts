import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type OutboxStore, StorageError } from '../../src/core/storage-ports.ts';
import { newMessageId } from '../support/envelopes.ts';
import { memoryOutbox } from '../support/memory-stores.ts';
import { type Person, samOpenToCarol, type World } from './world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const preferences = {
  acceptMessagesFrom: 'everyone',
  sendReadReceipts: true,
  sendTypingIndicator: true,
  localDiscovery: false,
} as const;

const full = (): never => {
  throw new StorageError('The disk is full: make room, then try again.');
};

/** A message from Sam to Carol lies in its outbox, and is not taken. */
class Stuck {
  readonly world: World;
  readonly sam: Person;
  readonly carol: Person;
  readonly #id = newMessageId();
  readonly #outbox: OutboxStore;
  readonly #working: OutboxStore;

  private constructor(people: { world: World; sam: Person; carol: Person }, outbox: OutboxStore) {
    ({ world: this.world, sam: this.sam, carol: this.carol } = people);
    this.#outbox = outbox;
    this.#working = { ...outbox };
  }

  /** The history fails once; the outbox gives nothing back until it is mended. */
  static async begin(folder: string | null = null): Promise<Stuck> {
    const people = await samOpenToCarol();
    const { history, outboxes } = people.sam.disks;
    const outbox = outboxes.get(folder) ?? memoryOutbox();
    outboxes.set(folder, outbox);
    const stuck = new Stuck(people, outbox);
    const working = { ...history };
    Object.assign(history, { addOutgoing: full });
    Object.assign(outbox, { remove: full });
    await assert.rejects(() => stuck.send(folder), StorageError);
    Object.assign(history, working);
    assert.equal(people.sam.waiting, 1);
    return stuck;
  }

  /** Sam presses Enter. */
  async send(folder: string | null = null): Promise<void> {
    const wish = { id: this.#id, contact: this.carol.identity, text: 'stuck', folder };
    const sent = this.sam.chat.write(wish);
    await Promise.allSettled([sent, this.world.clock.settle()]);
    await sent;
  }

  mend(): void {
    Object.assign(this.#outbox, this.#working);
  }

  /** Sam's editor ends and starts again, and all is delivered. Returns what Carol has, which Sam has to have too. */
  async delivered(): Promise<string[]> {
    const again = this.world.person('Sam', await this.sam.crash());
    await again.goOnline();
    await this.world.clock.advance(5_000);
    assert.equal(again.waiting, 0);
    const arrived = this.carol.conversation(again);
    assert.deepEqual(again.conversation(this.carol), arrived);
    return arrived;
  }
}

describe('what leaves an outbox', () => {
  it('is gone for good at once when its author is told that it was not taken, and may wait after a receipt', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    const { history, outboxes } = sam.disks;
    const outbox = outboxes.get(null) ?? memoryOutbox();
    outboxes.set(null, outbox);
    const before = { ...outbox };
    const seen: string[] = [];
    Object.assign(outbox, {
      remove: (...[ids, synced]: Parameters<OutboxStore['remove']>) => {
        seen.push(synced);
        before.remove(ids, synced);
      },
    });
    const working = { ...history };
    Object.assign(history, { addOutgoing: full });
    const refused = sam.chat.write({ id: newMessageId(), contact: carol.identity, text: 'no', folder: null });
    await Promise.allSettled([refused, world.clock.settle()]);
    await assert.rejects(refused, StorageError);
    assert.deepEqual(seen.splice(0), ['now']);

    Object.assign(history, working);
    await sam.write(carol, 'yes');
    await world.clock.settle();
    assert.deepEqual(seen, ['later']);
  });
});

describe('a message that is delivered', () => {
  /** Sam's global outbox, and what is done to it from now on. */
  async function watched() {
    const { world, sam, carol } = await samOpenToCarol();
    const outbox = sam.disks.outboxes.get(null) ?? memoryOutbox();
    sam.disks.outboxes.set(null, outbox);
    const before = { ...outbox };
    const done: string[] = [];
    Object.assign(outbox, {
      add: (...[entries, gone = []]: Parameters<OutboxStore['add']>) => {
        done.push(`takes ${entries.length}, loses ${gone.length}`);
        before.add(entries, gone);
      },
      remove: (...[ids, synced]: Parameters<OutboxStore['remove']>) => {
        done.push(`loses ${ids.length}`);
        before.remove(ids, synced);
      },
    });
    /** Calls back in the moment in which a window hears that one of Sam's messages is delivered. */
    const whenDelivered = (run: () => void): void => {
      const { messages } = sam.seen;
      const set = messages.set.bind(messages);
      messages.set = (id, view) => {
        if (view.state === 'delivered') run();
        return set(id, view);
      };
    };
    return { world, sam, carol, done, whenDelivered };
  }

  it('is shown so before its outbox lets it go', async () => {
    const { world, sam, carol, done, whenDelivered } = await watched();
    const seen: number[] = [];
    whenDelivered(() => seen.push(sam.waiting));
    await sam.write(carol, 'only');
    await world.clock.settle();
    assert.deepEqual([seen, sam.waiting], [[1], 0]);
    assert.deepEqual(done, ['takes 1, loses 0', 'loses 1']);
  });

  it('leaves its outbox with what is written when that is seen, in one transaction', async () => {
    const { world, sam, carol, done, whenDelivered } = await watched();
    const next = ['second', 'third'];
    whenDelivered(() => {
      const text = next.shift();
      const to = { id: newMessageId(), contact: carol.identity, folder: null };
      if (text !== undefined) void sam.chat.write({ ...to, text });
    });
    await sam.write(carol, 'first');
    await world.clock.settle();
    assert.deepEqual(carol.conversation(sam), ['Sam: first', 'Sam: second', 'Sam: third']);
    assert.deepEqual(done, ['takes 1, loses 0', 'takes 1, loses 1', 'takes 1, loses 1', 'loses 1']);
    assert.equal(sam.waiting, 0);
  });
});

describe('a message that the history did not take, and that the outbox did not give back', () => {
  it('is out of the outbox before another is stored, and is never delivered', async () => {
    const stuck = await Stuck.begin();
    const { sam, carol } = stuck;
    stuck.mend();
    await sam.write(carol, 'taken');
    assert.deepEqual(await stuck.delivered(), ['Sam: taken']);
  });

  it('lets no other be stored while it cannot be taken out, whatever the folder', async () => {
    const stuck = await Stuck.begin('/stuck');
    const { sam, carol } = stuck;
    await assert.rejects(() => sam.write(carol, 'behind it', null), StorageError);
    await assert.rejects(() => sam.write(carol, 'behind it', '/stuck'), StorageError);
    assert.equal(sam.waiting, 1);
    stuck.mend();
    await sam.write(carol, 'taken', null);
    assert.deepEqual(await stuck.delivered(), ['Sam: taken']);
  });

  it('is taken out by itself once the disk works', async () => {
    const stuck = await Stuck.begin();
    const { world, sam } = stuck;
    await world.clock.advance(MINUTE_MS);
    assert.equal(sam.waiting, 1);
    stuck.mend();
    await world.clock.advance(MINUTE_MS);
    assert.equal(sam.waiting, 0);
  });

  it('is taken out when VS Code is closed', async () => {
    const stuck = await Stuck.begin();
    stuck.mend();
    assert.deepEqual(await stuck.delivered(), []);
  });

  it('leaves no timer behind when VS Code is closed while the disk fails', async () => {
    const { world, sam, carol } = await Stuck.begin();
    await carol.crash();
    await sam.crash();
    assert.equal(world.clock.pending, 0);
  });

  it('and that is sent again is one message, and stands where it was taken', async () => {
    const stuck = await Stuck.begin();
    const { sam, carol } = stuck;
    stuck.mend();
    await sam.write(carol, 'written since');
    await stuck.send();
    assert.deepEqual(await stuck.delivered(), ['Sam: written since', 'Sam: stuck']);
  });
});

describe('a message that was delivered, and that the outbox did not let go', () => {
  /** Sam's outbox lets nothing go until it is mended; Carol has what he wrote, and has deleted it. */
  async function delivered(folder: string | null = null) {
    const { world, sam, carol } = await samOpenToCarol();
    carol.chat.decisions.addContact({ identity: sam.identity, name: 'Sam', server: 'http://127.0.0.1:8000' });
    const outbox = sam.disks.outboxes.get(folder) ?? memoryOutbox();
    sam.disks.outboxes.set(folder, outbox);
    const working = { ...outbox };
    Object.assign(outbox, { remove: full });
    await sam.write(carol, 'once', folder);
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['delivered']);
    assert.equal(sam.waiting, 1);
    carol.chat.decisions.clearHistory(sam.identity);
    const mend = (): void => void Object.assign(outbox, working);
    /** Sam's next run, which takes for new whatever lies in an outbox and is in no history. */
    const again = async (): Promise<Person> => {
      mend();
      const person = world.person('Sam', await sam.crash());
      await person.goOnline();
      await world.clock.advance(MINUTE_MS);
      return person;
    };
    return { world, sam, carol, mend, again };
  }

  it('is never delivered again, though both delete the conversation', async () => {
    const { sam, carol, mend, again } = await delivered('/workspaces/a');
    mend();
    sam.chat.decisions.clearHistory(carol.identity);
    const next = await again();
    assert.deepEqual([next.conversation(carol), carol.conversation(next)], [[], []]);
  });

  it('nor when its author removes the contact and meets it again', async () => {
    const { sam, carol, mend, again } = await delivered();
    mend();
    sam.chat.decisions.removeContact(carol.identity);
    const next = await again();
    next.open(carol);
    await next.write(carol, 'hello again');
    assert.deepEqual(carol.conversation(next), ['Sam: hello again']);
  });

  it('nor when its author keeps nothing that is so old', async () => {
    const { world, sam, carol, mend, again } = await delivered();
    mend();
    world.clock.jump(2 * DAY_MS);
    sam.chat.configure({ ...preferences, keepHistoryDays: 1 });
    await world.clock.settle();
    const next = await again();
    assert.deepEqual([next.conversation(carol), carol.conversation(next)], [[], []]);
  });

  it('is deleted neither by its author nor by its age while the disk fails, so that it is known', async () => {
    const { world, sam, carol, again } = await delivered();
    assert.throws(() => sam.chat.decisions.clearHistory(carol.identity), StorageError);
    assert.throws(() => sam.chat.decisions.removeContact(carol.identity), StorageError);
    world.clock.jump(2 * DAY_MS);
    sam.chat.configure({ ...preferences, keepHistoryDays: 1 });
    await world.clock.settle();
    assert.deepEqual(sam.conversation(carol), ['Sam: once']);
    const next = await again();
    assert.deepEqual([next.conversation(carol), carol.conversation(next)], [['Sam: once'], []]);
  });

  it('goes with the next that is delivered', async () => {
    const { world, sam, carol, mend } = await delivered();
    mend();
    await sam.write(carol, 'another');
    await world.clock.settle();
    assert.equal(sam.waiting, 0);
  });
});

describe('an outbox that has a message whose number went to another one, as an old copy of its file does', () => {
  it('has it delivered, and it is not taken for that other one', async () => {
    const { world, sam, carol } = await samOpenToCarol();
    await sam.write(carol, 'in the history');
    await world.clock.settle();
    assert.deepEqual(sam.states(carol), ['delivered']);
    const { history, outboxes } = sam.disks;
    const [stored] = history.page(carol.identity, null, 1).messages;
    assert.ok(stored);
    const { contact, envelope } = stored;
    const body = { text: 'in the outbox alone' };
    const disks = await sam.crash();
    outboxes.get(null)?.add([{ contact, envelope: { ...envelope, id: newMessageId(), body } }]);

    const again = world.person('Sam', disks);
    await again.goOnline();
    await world.clock.advance(5_000);
    assert.deepEqual(again.states(carol), ['delivered', 'delivered']);
    assert.deepEqual(carol.conversation(again), again.conversation(carol));
    assert.equal(again.waiting, 0);
  });
});
