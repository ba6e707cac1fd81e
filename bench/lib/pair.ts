import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { Helper } from './helper.ts';
import { lines, shares } from './profile.ts';
import type { Stores } from './stores.ts';
import { newPerson, newWorkspace, type Who } from './who.ts';

const anything = z.unknown();

/**
 * Peers follow news of somebody who comes and goes all the time with pauses: after so long without any, at once. Until
 * then what was written is indexed too. Milliseconds.
 */
const AT_REST_MS = 10_000;

/** What both people of a pair share. */
export interface Surroundings {
  /** Where their files are made. */
  readonly folder: string;
  /** The discovery server's address. */
  readonly server: string;
  readonly stores: Stores;
}

/** A name that is free on any server. */
export function nameOf(identity: string): string {
  return `bench-${identity.slice(0, 12)}`;
}

/** Two people in two processes who have a link: Sam writes, Carol reads. */
export class Pair {
  readonly #server: string;
  readonly #workspace: string;
  readonly #people: { readonly sam: Person; readonly carol: Person };

  private constructor({ folder, server, stores }: Surroundings) {
    this.#server = server;
    this.#workspace = newWorkspace(folder);
    const newOne = (): Person => new Person(newPerson(folder), stores);
    this.#people = { sam: newOne(), carol: newOne() };
  }

  static async start(around: Surroundings): Promise<Pair> {
    const { server } = around;
    const pair = new Pair(around);
    const { sam, carol } = pair.#people;
    for (const each of [sam, carol]) await each.start(null);
    await sam.meet(carol, server);
    await carol.meet(sam, server);
    for (const each of [sam, carol]) await each.goOnline(server);
    // Only Sam wants a link by himself: whoever dials is known.
    await sam.open(carol);
    await sam.helper.ask('awaitOnline', { contact: carol.identity }, anything);
    return pair;
  }

  /** The processes of both. */
  get helpers(): Helper[] {
    return [this.#people.sam.helper, this.#people.carol.helper];
  }

  /** Messages that have a durable receipt in a second, with always so many on their way. */
  rate(bytes: number, inFlight: number, ms: number): Promise<number> {
    return this.#ask('rate', { bytes, inFlight, ms });
  }

  /** Milliseconds to a durable receipt, one message at a time. */
  roundTrip(count: number): Promise<number> {
    return this.#ask('roundTrip', { count });
  }

  /** Carol goes offline, and Sam writes so many messages that are held. */
  async part(count: number): Promise<void> {
    const { sam, carol } = this.#people;
    await carol.helper.ask('goOffline', {}, anything);
    await sam.helper.ask('awaitAway', { contact: carol.identity }, anything);
    await this.#ask('hold', { count });
    await setTimeout(AT_REST_MS);
  }

  /** Both start anew, as in VS Code: in a worker thread, behind the local socket. Carol stays offline. */
  async restart(peerScript: string): Promise<void> {
    const { sam, carol } = this.#people;
    for (const each of [sam, carol]) {
      await each.helper.stop();
      await each.start(peerScript);
    }
    await sam.open(carol);
    await sam.goOnline(this.#server);
  }

  /** Carol comes back. Milliseconds from then, as Sam hears it, to the last of so many receipts on Sam's disk. */
  flush(count: number): Promise<number> {
    return this.#return('flush', count);
  }

  /** Carol comes back. Milliseconds from Sam's dialling to the first receipt on Sam's disk. */
  dial(): Promise<number> {
    return this.#return('dial', 1);
  }

  /** Does this, and says where the threads of both spent their time, microseconds for each message. */
  async profiled(work: () => Promise<unknown>): Promise<string[]> {
    for (const helper of this.helpers) await helper.ask('beginProfile', {}, anything);
    await work();
    const found = z.object({ shares, delivered: z.int() });
    const [writer, reader] = await Promise.all(
      this.helpers.map((helper) => helper.ask('endProfile', {}, found)),
    );
    const count = writer?.delivered ?? 0;
    const part = (name: string, end: typeof writer): string[] => [
      `${name}, µs of its thread's time a message:`,
      ...lines(end?.shares ?? {}, count).map((line) => `  ${line}`),
    ];
    return [...part('writer', writer), ...part('reader', reader)];
  }

  async stop(): Promise<void> {
    for (const helper of this.helpers) await helper.stop();
  }

  async #return(measured: 'flush' | 'dial', count: number): Promise<number> {
    const took = this.#ask(measured, { count });
    await this.#people.carol.goOnline(this.#server);
    return took;
  }

  #ask(what: string, more: object): Promise<number> {
    const { sam, carol } = this.#people;
    const to = { contact: carol.identity, workspace: this.#workspace };
    return sam.helper.ask(what, { ...to, ...more }, z.number());
  }
}

/** One of the two, over all processes that they have. */
class Person {
  readonly #who: Who;
  readonly #stores: Stores;
  helper = new Helper('person');
  identity = '';

  constructor(who: Who, stores: Stores) {
    this.#who = who;
    this.#stores = stores;
  }

  async start(peerScript: string | null): Promise<void> {
    if (this.identity !== '') this.helper = new Helper('person');
    const how = { peerScript, stores: this.#stores };
    this.identity = await this.helper.ask('start', { who: this.#who, ...how }, z.string());
  }

  meet({ identity }: Person, server: string): Promise<unknown> {
    return this.helper.ask('meet', { identity, name: nameOf(identity), server }, anything);
  }

  goOnline(server: string): Promise<unknown> {
    return this.helper.ask('goOnline', { name: nameOf(this.identity), server }, anything);
  }

  open({ identity }: Person): Promise<unknown> {
    return this.helper.ask('open', { contact: identity }, anything);
  }
}
