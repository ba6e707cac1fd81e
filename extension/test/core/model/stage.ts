import assert from 'node:assert/strict';
import type { MessageView } from '../../../src/core/views.ts';
import { ContactBlockedError } from '../../../src/core/errors.ts';
import { StorageError } from '../../../src/core/storage-ports.ts';
import { fingerprintNamed, newMessageId } from '../../support/envelopes.ts';
import { type Person, World } from '../world.ts';
import { Platters, RunDisks } from './disks.ts';

const SERVER = 'http://127.0.0.1:8000';
/** Folders that messages are written in, besides none. */
export const WORKSPACES = ['/workspaces/a', '/workspaces/b'];

const DAY_MS = 24 * 60 * 60 * 1_000;
const MINUTE_MS = 60_000;

/** How long after all troubles end everything is to be delivered: the longest pauses of both sides, and some more. */
const PEACE_MINUTES = 6;

/** What somebody wrote, as the reference model has it. */
interface Written {
  readonly id: string;
  readonly text: string;
  readonly folder: string | null;
  /** How many histories its author had lost by then. */
  readonly era: number;
  /**
   * `asked`: the process ended before it answered, so a window asks again. `accepted`: shown as held or sending.
   * `refused`: the text stayed in the box.
   */
  outcome: 'asked' | 'accepted' | 'refused';
  /** The run that was asked and did not answer yet. */
  asking: Person | null;
}

/** One of the two people, over all runs of their editor. */
export class User {
  readonly name: string;
  readonly platters = new Platters();
  readonly written: Written[] = [];
  /** What arrived, with its place in the order of arrival. */
  readonly arrived = new Map<string, number>();
  /** What the windows of this run were shown, with its place. */
  readonly shown = new Map<string, number>();
  /** Ids of the other's that an accident to this user's own history makes uncertain: they may come, or not. */
  readonly excused = new Set<string>();
  wantsOnline = true;
  blocks = false;
  /** How many histories were lost. */
  era = 0;
  /** The age of the backup that there is. */
  backup = 0;
  #disks: RunDisks | null = null;
  #person: Person | null = null;

  constructor(name: string) {
    this.name = name;
  }

  get identity(): string {
    return fingerprintNamed(this.name);
  }

  get disks(): RunDisks {
    assert.ok(this.#disks !== null);
    return this.#disks;
  }

  get person(): Person {
    assert.ok(this.#person !== null);
    return this.#person;
  }

  runs(disks: RunDisks, person: Person): void {
    this.#disks = disks;
    this.#person = person;
  }
}

/** Two people who are each other's contacts, with everything that can go wrong between them. */
export class Stage {
  readonly world = new World();
  readonly sam = new User('Sam');
  readonly carol = new User('Carol');
  #networkUp = true;

  async begin(): Promise<void> {
    for (const user of this.users) await this.#start(user);
    await this.settle();
  }

  get users(): readonly [User, User] {
    return [this.sam, this.carol];
  }

  otherThan(user: User): User {
    return user === this.sam ? this.carol : this.sam;
  }

  /** Lets everything happen that waits for nothing but time; whoever died on the way starts anew. */
  async settle(): Promise<void> {
    await this.world.clock.settle();
    for (const user of this.users) {
      if (user.disks.isDead) await this.restart(user);
    }
    for (const user of this.users) this.#look(user);
  }

  async pass(ms: number): Promise<void> {
    await this.world.clock.advance(ms);
    await this.settle();
  }

  setNetwork(up: boolean): void {
    this.#networkUp = up;
    this.world.networkUp = up;
    if (!up) this.world.cutAll();
  }

  async setServer(up: boolean): Promise<void> {
    if (!up) {
      this.world.stopServer();
      return;
    }
    this.world.serverUp = true;
    for (const { person } of this.users) if (person.isOnline) await person.chat.directoryConnected();
  }

  async setOnline(user: User, wants: boolean): Promise<void> {
    user.wantsOnline = wants;
    if (user.disks.isDead || user.person.isOnline === wants) return;
    await (wants ? user.person.goOnline() : user.person.goOffline());
  }

  /** Asks for a message to be sent; the answer may come much later, or never. */
  write(user: User, folder: string | null): void {
    const count = user.written.length + 1;
    const entry: Written = {
      id: newMessageId(),
      text: `${user.name} ${count}`,
      folder,
      era: user.era,
      outcome: 'asked',
      asking: null,
    };
    user.written.push(entry);
    this.#ask(user, entry);
  }

  open(user: User): void {
    attempt(() => user.person.open(this.otherThan(user).person));
  }

  setBlock(user: User, blocks: boolean): void {
    const { identity } = this.otherThan(user);
    const done = attempt(() =>
      user.person.chat.decisions.setStanding(identity, blocks ? 'blocked' : 'unblocked'),
    );
    if (done) user.blocks = blocks;
    if (!user.blocks) this.#askAgain(user);
  }

  /** Another run on the same disks: after a crash, or after VS Code was closed in good order. */
  async restart(user: User): Promise<void> {
    if (user.disks.isDead) await this.world.clock.settle();
    await user.person.crash();
    this.world.networkUp = this.#networkUp;
    await this.#start(user);
  }

  /** The process ends, and comes back to a history of an earlier time; 0 is an empty one. */
  async restore(user: User, age: number): Promise<void> {
    user.disks.die();
    await this.world.clock.settle();
    await user.person.crash();
    for (const each of this.users) this.#look(each);
    const other = this.otherThan(user);
    const had = [...user.arrived.keys()];
    user.platters.restore(age);
    user.era += 1;
    user.backup = Math.min(user.backup, age);
    user.arrived.clear();
    this.#look(user);
    for (const id of had) if (!this.#isWaiting(other, id)) user.excused.add(id);
    this.world.networkUp = this.#networkUp;
    await this.#start(user);
  }

  /** Everything older than a day is forgotten. */
  async forget(user: User): Promise<void> {
    await this.pass(2 * DAY_MS);
    const everyone = {
      acceptMessagesFrom: 'everyone',
      sendReadReceipts: true,
      sendTypingIndicator: true,
      localDiscovery: false,
    } as const;
    user.person.chat.configure({ ...everyone, keepHistoryDays: 1 });
    await this.pass(MINUTE_MS);
    user.person.chat.configure({ ...everyone, keepHistoryDays: 0 });
    await this.settle();
  }

  /** All troubles end. Then everything accepted arrives: once, in order; and nothing waits any longer. */
  async end(): Promise<void> {
    for (const { disks } of this.users) disks.accident = null;
    await this.settle();
    // What a failing disk did not remove from an outbox goes at the next start.
    for (const user of this.users) if (user.disks.hasFailed) await this.restart(user);
    this.setNetwork(true);
    await this.setServer(true);
    for (const user of this.users) {
      this.setBlock(user, false);
      await this.setOnline(user, false);
    }
    for (const user of this.users) await this.setOnline(user, true);
    for (const user of this.users) this.#askAgain(user);
    for (let minute = 0; minute < PEACE_MINUTES; minute += 1) await this.pass(MINUTE_MS);
    for (const user of this.users) this.#assertSettled(user);
  }

  #assertSettled(author: User): void {
    const reader = this.otherThan(author);
    const arrived = [...reader.arrived].sort(([, a], [, b]) => a - b).map(([id]) => id);
    const wanted = author.written.filter(
      ({ id, outcome }) => outcome === 'accepted' && (!reader.excused.has(id) || reader.arrived.has(id)),
    );
    const certain = (id: string): boolean => !reader.excused.has(id);
    // Without the history that they were numbered in, only the order within each outbox is known.
    const place = (each?: Written): string =>
      each === undefined ? 'unknown' : each.era === author.era ? 'today' : String(each.folder);
    const sequences = (ids: string[]) => {
      const found = ids.filter(certain).map((id) => author.written.find((each) => each.id === id));
      const byPlace = [...Map.groupBy(found, place)].sort(([one], [other]) => one.localeCompare(other));
      return byPlace.map(([key, all]) => [key, ...all.map((each) => each?.text)]);
    };
    assert.deepEqual(
      sequences(arrived),
      sequences(wanted.map(({ id }) => id)),
      `what ${author.name} wrote, at ${reader.name}'s`,
    );
    assert.deepEqual(
      author.written.filter(({ outcome }) => outcome === 'asked'),
      [],
      'every question was answered',
    );
    assert.equal(author.person.waiting, 0, `${author.name}'s outboxes are empty`);
    const states = author.person.states(reader.person);
    assert.ok(
      states.every((state) => state === 'delivered'),
      `${author.name} sees ${states.join()}`,
    );
  }

  async #start(user: User): Promise<void> {
    const { world } = this;
    const other = this.otherThan(user);
    const disks = new RunDisks(user.platters, {
      cut: () => world.cutAll(),
      gone: () => {
        // Its own ends of the links; the other ends are told after what is on its way.
        for (const channel of world.channels) if (channel.identity === other.identity) channel.cut();
        world.networkUp = false;
      },
    });
    const person = world.person(user.name, disks);
    user.runs(disks, person);
    const { shown } = user;
    shown.clear();
    person.seen.messages = new Watched((view) => {
      if (view.mine) return;
      assert.equal(
        shown.get(view.id) ?? view.order,
        view.order,
        `${user.name} is shown "${view.text}" twice`,
      );
      shown.set(view.id, view.order);
    });
    person.chat.decisions.addContact({ identity: other.identity, name: other.name, server: SERVER });
    if (user.blocks) person.chat.decisions.setStanding(other.identity, 'blocked');
    // As windows do that have these workspaces open.
    for (const folder of WORKSPACES) person.chat.addWorkspace(folder);
    if (user.wantsOnline) await person.goOnline();
    this.#askAgain(user);
  }

  #ask(user: User, entry: Written): void {
    const { disks, person } = user;
    const { id, text, folder } = entry;
    const contact = this.otherThan(user).identity;
    entry.asking = person;
    const answered = (): void => {
      if (entry.asking === person) entry.asking = null;
    };
    person.chat.write({ id, contact, text, folder }).then(
      ({ state }) => {
        answered();
        assert.ok(['held', 'sending', 'delivered'].includes(state), state);
        entry.outcome = 'accepted';
      },
      (error: unknown) => {
        assert.ok(error instanceof StorageError || error instanceof ContactBlockedError, String(error));
        answered();
        if (!disks.isDead && entry.outcome === 'asked' && !this.#isWaiting(user, id))
          entry.outcome = 'refused';
      },
    );
  }

  #askAgain(user: User): void {
    if (user.blocks || user.disks.isDead) return;
    for (const entry of user.written) {
      if (entry.outcome === 'asked' && entry.asking !== user.person) this.#ask(user, entry);
    }
  }

  /** Whether the author's disks say that a message is still to be delivered. */
  #isWaiting({ platters, identity }: User, id: string): boolean {
    const stored = platters.history.find(id, identity);
    // What a failing disk left in an outbox after its receipt is removed at the next start.
    if (stored !== null) return stored.state === 'pending';
    return [...platters.outboxes.values()].some((store) =>
      store.all().some(({ envelope }) => envelope.id === id),
    );
  }

  #page(user: User) {
    const { messages } = user.platters.history.page(this.otherThan(user).identity, null, 10_000);
    return messages.filter(({ mine }) => !mine);
  }

  /** What the disk has of the other: nothing twice, nothing in another place than before. */
  #look(user: User): void {
    const page = this.#page(user);
    assert.equal(new Set(page.map(({ envelope }) => envelope.id)).size, page.length, 'each message once');
    for (const { envelope, order } of page) {
      const before = user.arrived.get(envelope.id);
      assert.equal(before ?? order, order, `${user.name} has "${JSON.stringify(envelope.body)}" twice`);
      user.arrived.set(envelope.id, order);
    }
  }
}

/** Does what a disk may refuse. Returns whether it was done. */
function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    assert.ok(error instanceof StorageError, String(error));
    return false;
  }
}

/** Messages as a window shows them, each of which is looked at. */
class Watched extends Map<string, MessageView> {
  readonly #look: (view: MessageView) => void;

  constructor(look: (view: MessageView) => void) {
    super();
    this.#look = look;
  }

  override set(id: string, view: MessageView): this {
    this.#look(view);
    return super.set(id, view);
  }
}
