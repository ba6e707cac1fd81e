import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { MAX_SNAPSHOT, MAX_WATCHES } from '@p2p-chat/protocol/limits';
import { SLOW_READER_MS } from '../limits.ts';
import type { Member, Roster } from '../roster.ts';
import type { PushStream } from './push-stream.ts';

/** Bytes of successions that go out at once: as much as a snapshot of MAX_SNAPSHOT users at most. */
const SUCCESSIONS_BYTES = 64 * 1024;

/** Of whom is told. */
type TellerRoster = Pick<Roster, 'describeInJson' | 'directory' | 'isUnknown' | 'watches'>;

/** A session whose client is told. */
export interface Told extends Member {
  /** All that was asked by the request of this id is on its way: its result may follow. */
  told(id: number): void;
}

/** Requests that are answered together. */
interface Task {
  readonly ids: number[];
  /** Whom to tell of; null: everybody watched when its turn comes. */
  about: Set<Fingerprint> | null;
}

/**
 * The answers to `watch` and `resync` on one session, which may be megabytes: in pieces, each made only when there is
 * room for it, so that a slow line gets all of them and a client that does not read costs nothing. One at a time;
 * what is asked meanwhile is answered together after it.
 */
export class Teller {
  readonly #session: Told;
  readonly #roster: TellerRoster;
  readonly #stream: PushStream;
  #pieces: Iterator<void> | undefined;
  #running: readonly number[] = [];
  #next: Task | undefined;
  #progressAt = 0;

  constructor(session: Told, roster: TellerRoster, stream: PushStream) {
    this.#session = session;
    this.#roster = roster;
    this.#stream = stream;
  }

  /** Tells of those who are watched as of now. @param at the moment now, milliseconds */
  watched(id: number, identities: readonly Fingerprint[], at: number): void {
    const next = this.#ask(id, at);
    for (const identity of identities) next.about?.add(identity);
    // More than can be watched: some of them are not any more.
    if (next.about !== null && next.about.size > MAX_WATCHES) next.about = null;
    this.resume(at);
  }

  /** Tells of everybody watched. @param at the moment now, milliseconds */
  everybody(id: number, at: number): void {
    this.#ask(id, at).about = null;
    this.resume(at);
  }

  /** Sends the next piece if there is room. To be called when the socket has taken something, and now and then. */
  resume(at: number): void {
    for (;;) {
      if (this.#pieces === undefined && !this.#begin()) return;
      if (!this.#stream.hasRoom) return;
      this.#progressAt = at;
      if (this.#pieces?.next().done !== true) return;
      const told = this.#running;
      this.#pieces = undefined;
      for (const id of told) this.#session.told(id);
    }
  }

  /** Whether something waits to be sent. */
  get isBusy(): boolean {
    return this.#pieces !== undefined;
  }

  /** Whether the client has not read for so long that there is no use in waiting. */
  isStuck(at: number): boolean {
    return this.#pieces !== undefined && at - this.#progressAt >= SLOW_READER_MS;
  }

  #ask(id: number, at: number): Task {
    if (this.#pieces === undefined) this.#progressAt = at;
    this.#next ??= { ids: [], about: new Set() };
    this.#next.ids.push(id);
    return this.#next;
  }

  #begin(): boolean {
    const task = this.#next;
    if (task === undefined) return false;
    this.#next = undefined;
    this.#running = task.ids;
    this.#pieces = this.#tell([...(task.about ?? this.#roster.watches.watchedBy(this.#session))]);
    return true;
  }

  /**
   * The state of those that have an account, and the successions of those that were replaced, one for each person; the
   * others are pushed when they register. Each piece is of the moment in which it goes out: what changes between two
   * of them is pushed in its place among them.
   */
  *#tell(identities: readonly Fingerprint[]): Generator<void, void> {
    const [roster, stream] = [this.#roster, this.#stream];
    let presences: string[] = [];
    let told = false;
    for (const identity of identities) {
      if (presences.length === MAX_SNAPSHOT) {
        stream.snapshot(presences);
        told = true;
        presences = [];
        yield;
      }
      // Whoever watches is told once it is known.
      const json = roster.isUnknown(identity) ? undefined : roster.describeInJson(identity);
      if (json !== undefined) presences.push(json);
    }
    if (presences.length > 0 || !told) stream.snapshot(presences);
    const heirs = new Set<Fingerprint>();
    let bytes = presences.length === 0 ? 0 : SUCCESSIONS_BYTES;
    for (const identity of identities) {
      const heir = roster.directory.bySuccession(identity);
      if (heir?.successions === undefined || heirs.has(heir.identity)) continue;
      heirs.add(heir.identity);
      if (bytes >= SUCCESSIONS_BYTES) {
        yield;
        bytes = 0;
      }
      const json = JSON.stringify(heir.successions);
      bytes += json.length;
      stream.succession(json);
    }
  }
}
