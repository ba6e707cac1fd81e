import { createHistogram, monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { MAX_DIRECTORY_PAGE } from '@p2p-chat/protocol/limits';
import { eachOf } from '../lib/figures.ts';
import type { Somebody } from './people.ts';
import { PAGE_EVERY_S, PRESENCE_EVERY_S, SIGN_IN_EVERY_S, type Step, WATCHED } from './steps.ts';
import { type Client, signIn, watchFrame } from './wire.ts';

const TICK_MS = 5;
/** How long after a step what is still under way may take before it counts as having taken so long. */
const PATIENCE_MS = 3_000;
const IN_FLIGHT = 64;

const PAGE_ID = 1;
const PAGE = Buffer.from(`{"type":"result","id":${PAGE_ID},`);
const PRESENCE = Buffer.from('{"type":"presence"');
const ERROR = Buffer.from('{"type":"error"');
const PORT = Buffer.from('"port":');

/** Ports by which the pushes of one change are known: each is used again long after its change. */
const [FIRST_PORT, PORTS] = [20_000, 20_000];

/** One client of the crowd. */
interface Member {
  readonly who: Somebody;
  readonly watched: readonly string[];
  client: Client;
  isAway: boolean;
  /** When the page that is under way was due; undefined: none is. */
  pageDue: number | undefined;
}

/** Something that each client does now and then, spread evenly over all of them. */
class Chore {
  readonly #everyMs: number;
  readonly #run: (member: Member, due: number) => void;
  #next = 0;
  #due = 0;

  constructor(everySeconds: number, run: (member: Member, due: number) => void) {
    this.#everyMs = everySeconds * 1_000;
    this.#run = run;
  }

  begin(at: number): void {
    this.#due = at;
  }

  /** Does what is due, each counted from the moment in which it should have been done. */
  tick(members: readonly Member[], at: number): void {
    const pause = this.#everyMs / members.length;
    for (; this.#due <= at; this.#due += pause) {
      const member = members[this.#next % members.length];
      this.#next += 1;
      if (member !== undefined && !member.isAway) this.#run(member, this.#due);
    }
  }
}

/** A crowd that grows, in which everybody does now and then what people's editors do. */
export class KneeLoad {
  readonly #ports: readonly number[];
  readonly #people: readonly Somebody[];
  readonly #accounts: number;
  readonly #members: Member[] = [];
  readonly #signIns = createHistogram();
  readonly #pages = createHistogram();
  readonly #presences = createHistogram();
  readonly #changedAt = new Float64Array(FIRST_PORT + PORTS);
  readonly #lag = monitorEventLoopDelay({ resolution: 1 });
  readonly #chores: readonly Chore[];
  #count = 0;
  readonly #signingIn = new Set<number>();
  #failed: Error | undefined;

  /** @param ports of one server, or of several that share a directory: each client comes to any of them */
  constructor(ports: readonly number[], people: readonly Somebody[], accounts: number) {
    this.#ports = ports;
    this.#people = people;
    this.#accounts = accounts;
    this.#chores = [
      new Chore(PAGE_EVERY_S, (member, due) => this.#page(member, due)),
      new Chore(PRESENCE_EVERY_S, (member, due) => this.#announce(member, due)),
      new Chore(SIGN_IN_EVERY_S, (member, due) => void this.#comeBack(member, due)),
    ];
  }

  /** Signs in more, until there are so many; each watches some of all. */
  async grow(to: number): Promise<void> {
    const more = this.#people.slice(this.#members.length, to);
    await eachOf(more, IN_FLIGHT, async (who) => {
      const watched = Array.from(
        { length: WATCHED },
        () => this.#people[Math.floor(Math.random() * to)]?.identity ?? who.identity,
      );
      const client = await signIn(this.#port(), who, watchFrame([...new Set(watched)]));
      const member: Member = { who, watched, client, isAway: false, pageDue: undefined };
      this.#listen(member);
      this.#members.push(member);
    });
  }

  /** Holds the load for so long, and says how it went. */
  async hold(ms: number): Promise<Step['crowd']> {
    for (const histogram of [this.#signIns, this.#pages, this.#presences]) histogram.reset();
    this.#lag.enable();
    this.#lag.reset();
    const start = performance.now();
    for (const chore of this.#chores) chore.begin(start);
    for (let at = start; at < start + ms; at = performance.now()) {
      for (const chore of this.#chores) chore.tick(this.#members, at);
      await setTimeout(TICK_MS);
      if (this.#failed !== undefined) throw this.#failed;
    }
    const lag = this.#lag.percentile(99) / 1e6;
    const isBusy = (): boolean =>
      this.#signingIn.size > 0 || this.#members.some(({ pageDue }) => pageDue !== undefined);
    const over = performance.now() + PATIENCE_MS;
    while (isBusy() && performance.now() < over) await setTimeout(TICK_MS);
    for (const due of this.#signingIn) note(this.#signIns, due);
    for (const { pageDue } of this.#members) if (pageDue !== undefined) note(this.#pages, pageDue);
    return {
      clients: this.#members.length,
      signIn: of(this.#signIns),
      page: of(this.#pages),
      presence: of(this.#presences),
      lag,
    };
  }

  #port(): number {
    return this.#ports[Math.floor(Math.random() * this.#ports.length)] ?? 0;
  }

  #listen(member: Member): void {
    const { client } = member;
    client.text = (payload) => {
      if (begins(payload, PRESENCE)) {
        const at = payload.lastIndexOf(PORT);
        const changedAt = at === -1 ? 0 : (this.#changedAt[portAt(payload, at + PORT.length)] ?? 0);
        if (changedAt > 0) note(this.#presences, changedAt);
      } else if (begins(payload, PAGE) && member.pageDue !== undefined) {
        note(this.#pages, member.pageDue);
        member.pageDue = undefined;
      } else if (begins(payload, ERROR)) {
        this.#failed ??= new Error(`refused: ${payload.toString()}`);
      }
    };
    client.closed = (why) => (this.#failed ??= new Error(`a session ended: ${why}`));
  }

  #page(member: Member, due: number): void {
    if (member.pageDue !== undefined) return;
    member.pageDue = due;
    this.#count += 1;
    const place = (this.#count * 7_919) % (this.#accounts - MAX_DIRECTORY_PAGE);
    const after = `person-${String(place).padStart(6, '0')}`;
    member.client.socket.send(
      JSON.stringify({ type: 'directory', id: PAGE_ID, after, limit: MAX_DIRECTORY_PAGE }),
    );
  }

  #announce(member: Member, due: number): void {
    this.#count += 1;
    const port = FIRST_PORT + (this.#count % PORTS);
    this.#changedAt[port] = due;
    const endpoints = [{ address: '192.0.2.10', port }];
    member.client.socket.send(JSON.stringify({ type: 'announce', id: PAGE_ID + 1, endpoints }));
  }

  /** As a window that reloads. */
  async #comeBack(member: Member, due: number): Promise<void> {
    member.isAway = true;
    member.pageDue = undefined;
    member.client.closed = () => undefined;
    member.client.socket.end();
    this.#signingIn.add(due);
    try {
      member.client = await signIn(this.#port(), member.who, watchFrame(member.watched));
      note(this.#signIns, due);
      this.#listen(member);
      member.isAway = false;
    } catch (error) {
      this.#failed ??= error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#signingIn.delete(due);
    }
  }
}

function begins(payload: Buffer, text: Buffer): boolean {
  return payload.length >= text.length && payload.compare(text, 0, text.length, 0, text.length) === 0;
}

/** The number that stands there. */
function portAt(payload: Buffer, from: number): number {
  let port = 0;
  for (let at = from; at < payload.length; at += 1) {
    const digit = (payload[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    port = port * 10 + digit;
  }
  return port;
}

/** Notes what something took that was due then, microseconds. */
function note(histogram: RecordableHistogram, due: number): void {
  histogram.record(Math.max(1, Math.round((performance.now() - due) * 1_000)));
}

function of(histogram: RecordableHistogram): { count: number; p50: number; p99: number } {
  return {
    count: histogram.count,
    p50: histogram.percentile(50) / 1_000,
    p99: histogram.percentile(99) / 1_000,
  };
}
