import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { within } from '../../scripts/lib/wait.ts';
import { bundlePrograms, type Programs } from './bundle.ts';
import { slotOf } from './changes.ts';
import { DiscoveryChild } from './discovery-child.ts';
import { newMessageId, Person } from './person.ts';
import { folderOnDisk } from './real-disk.ts';
import { Road } from './road.ts';

/** How long two peers may take until nothing waits any longer, milliseconds; five minutes by their own clocks. */
export const SETTLE_MS = 60_000;

/** Which message somebody changes, as a part of all that they may, how, and in which window. */
export interface ChangePick {
  readonly kind: 'edit' | 'delete' | 'reaction';
  readonly part: number;
  readonly window: number;
}

let programs: Promise<Programs> | undefined;

/** Two people and a discovery server, each in a process of its own, with roads between them that can be ruined. */
export class World {
  readonly sam: Person;
  readonly carol: Person;
  readonly discovery: DiscoveryChild;
  /** On which Sam dials Carol. */
  readonly samsRoad: Road;
  readonly carolsRoad: Road;
  readonly folder: string;
  /** Messages that are gone from their author's history by wish: it was put back to an older state. */
  readonly forgotten = new Set<string>();
  /** Messages that stand in both histories, with their authors. */
  #standing: { readonly id: string; readonly author: Person }[] = [];
  /** What somebody changed of a message already. */
  readonly #changed = new Set<string>();
  #written = 0;

  private constructor(
    parts: Pick<World, 'sam' | 'carol' | 'discovery' | 'samsRoad' | 'carolsRoad' | 'folder'>,
  ) {
    this.sam = parts.sam;
    this.carol = parts.carol;
    this.discovery = parts.discovery;
    this.samsRoad = parts.samsRoad;
    this.carolsRoad = parts.carolsRoad;
    this.folder = parts.folder;
  }

  /** @param samsFolder where Sam's files lie, if not with everything else */
  static async begin(samsFolder?: string): Promise<World> {
    const folder = await folderOnDisk();
    programs ??= folderOnDisk().then(async (of) => {
      process.once('exit', () => rmSync(of, { recursive: true, force: true }));
      return bundlePrograms(of);
    });
    const { peer: program, discovery: server } = await programs;
    const discovery = new DiscoveryChild(server, join(folder, 'discovery'));
    await discovery.start();
    const person = (name: string, road: () => number, place?: string): Person =>
      new Person({ name, program, road, server: () => discovery.url, folder: place ?? join(folder, name) });
    const sam: Person = person('Sam', () => samsRoad.port, samsFolder);
    const carol: Person = person('Carol', () => carolsRoad.port);
    const samsRoad = await Road.open(() => carol.port);
    const carolsRoad = await Road.open(() => sam.port);
    sam.meet(carol);
    carol.meet(sam);
    const world = new World({ sam, carol, discovery, samsRoad, carolsRoad, folder });
    try {
      await within('both are there', SETTLE_MS, Promise.all([sam.comeBack(), carol.comeBack()]));
    } catch (error) {
      const report = await world.report();
      await world.end();
      throw new Error(`${String(error)}\n${report}`, { cause: error });
    }
    return world;
  }

  get people(): readonly [Person, Person] {
    return [this.sam, this.carol];
  }

  get roads(): readonly [Road, Road] {
    return [this.samsRoad, this.carolsRoad];
  }

  other(person: Person): Person {
    return person === this.sam ? this.carol : this.sam;
  }

  /**
   * Somebody writes messages in these windows, within one tick.
   * @param bytes the least size of each text
   * @returns the messages' ids
   */
  write(author: Person, windows: readonly (string | null)[], bytes = 0): string[] {
    const wishes = windows.map((workspace) => {
      this.#written += 1;
      return { id: newMessageId(), text: `${author.name} ${this.#written} `.padEnd(bytes, '.'), workspace };
    });
    author.write(wishes);
    return wishes.map(({ id }) => id);
  }

  /**
   * Somebody changes messages that stand in both histories, within one tick; what was changed so already stays as it is.
   * @param picks which of them, as a part of all, and how
   */
  change(person: Person, picks: readonly ChangePick[]): void {
    for (const { kind, part, window } of picks) {
      const slot = (message: string): string => `${person.name}'s ${slotOf({ kind, message })}`;
      const free = this.#standing.filter(
        ({ id, author }) => (kind === 'reaction' || author === person) && !this.#changed.has(slot(id)),
      );
      const target = free[Math.floor(free.length * part)];
      if (target === undefined) continue;
      this.#changed.add(slot(target.id));
      this.#written += 1;
      const change = { kind, message: target.id, isOwn: target.author === person };
      const text = kind === 'edit' ? `${person.name} ${this.#written}, edited` : '';
      person.write([{ id: newMessageId(), text, workspace: person.windows[window] ?? null, change }]);
    }
  }

  /** The same number of messages in each of the windows, in turns. */
  writeEverywhere(author: Person, times = 1): string[] {
    return this.write(author, Array.from({ length: times }, () => author.windows).flat());
  }

  /** Everything that was written is where it belongs, once. @throws when it is not so in time */
  async settle(): Promise<void> {
    const settled = Promise.all(this.people.map((person) => person.rest()));
    await within('everything settles', SETTLE_MS, settled);
  }

  /** Both histories hold what was written, and no outbox holds anything. To be asked when all has settled. */
  async check(): Promise<void> {
    await within('both show what they have', SETTLE_MS, this.#check());
  }

  async #check(): Promise<void> {
    const [sams, carols] = await Promise.all([this.sam.conversation(), this.carol.conversation()]);
    const [samsLedger, carolsLedger] = [this.sam.ledger, this.carol.ledger];
    samsLedger.check(sams.lines, carols.lines, carolsLedger.changes, this.forgotten);
    carolsLedger.check(carols.lines, sams.lines, samsLedger.changes, this.forgotten);
    this.#standing = sams.lines
      .filter(({ id }) => !this.forgotten.has(id))
      .map(({ id, mine }) => ({ id, author: mine ? this.sam : this.carol }));
    for (const person of this.people) {
      const waiting = await person.waiting();
      if (waiting > 0) throw new Error(`${waiting} messages lie in ${person.name}'s outboxes still`);
    }
  }

  /** What both peers logged, for a failure's text. */
  async report(): Promise<string> {
    return (await Promise.all(this.people.map((person) => person.report()))).join('\n');
  }

  async end(): Promise<void> {
    await Promise.all(this.people.map((person) => person.end()));
    await this.discovery.kill();
    await Promise.all(this.roads.map((road) => road.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
