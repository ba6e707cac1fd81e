import assert from 'node:assert/strict';
import { Changes, checkChanged, seenBy } from './changes.ts';
import type { Line, Wish } from './messages.ts';

/** A message that a person wrote, and when it was asked for and answered: counted, not timed. */
export interface Written extends Wish {
  /** When a window first asked for it. */
  requestedAt: number;
  /** How often it was asked for: again when the answer was cut off, or the disk did not take it. */
  requests: number;
  /** When the panel showed it as held or sending; infinite when nobody can say whether it was taken. */
  answeredAt: number;
}

/** Everything that one person wrote, and what has to have become of it. */
export class Ledger {
  /** What this person changed, of whoever's messages. */
  readonly changes = new Changes();
  readonly #author: string;
  readonly #written = new Map<string, Written>();
  #moment = 0;

  constructor(author: string) {
    this.#author = author;
  }

  get size(): number {
    return this.#written.size;
  }

  /** A window asks for a message, for the first time or again. */
  requested(wish: Wish): void {
    if (wish.change !== undefined) return this.changes.requested(wish);
    this.#moment += 1;
    const known = this.#written.get(wish.id);
    if (known === undefined) {
      const fate = { requestedAt: this.#moment, requests: 1, answeredAt: Number.POSITIVE_INFINITY };
      this.#written.set(wish.id, { ...wish, ...fate });
    } else {
      known.requests += 1;
    }
  }

  /** The panel shows the message as held or sending. */
  answered(id: string): void {
    if (this.changes.has(id)) return this.changes.answered(id);
    this.#moment += 1;
    const known = this.#written.get(id);
    assert.ok(known, `${this.#author} is answered for a message that was not asked for`);
    known.answeredAt = Math.min(known.answeredAt, this.#moment);
  }

  /**
   * What the author's history and the reader's have to hold once everything settled.
   * @param readersChanges what the reader changed
   * @param except messages that are gone from the author's history by wish: it was put back to an older state
   */
  check(
    authors: readonly Line[],
    readers: readonly Line[],
    readersChanges: Changes,
    except: ReadonlySet<string>,
  ): void {
    const own = authors.filter(({ mine }) => mine);
    const arrived = readers.filter(({ mine }) => !mine);
    for (const [where, lines] of [
      ["the author's history", own],
      ["the reader's history", arrived],
    ] as const) {
      this.#areWritten(where, lines);
      this.#areChanged(lines, readersChanges);
      this.#areOnce(where, lines);
      this.#areInOrder(where, lines);
    }
    const missing = (lines: readonly Line[], but: ReadonlySet<string>): string[] => {
      const there = new Set(lines.map(({ id }) => id));
      return this.#answered.filter(({ id }) => !there.has(id) && !but.has(id)).map(({ text }) => brief(text));
    };
    assert.deepEqual(missing(own, except), [], `${this.#author}'s own messages are missing`);
    assert.deepEqual(missing(arrived, new Set()), [], `${this.#author}'s messages did not arrive`);
    const other = own
      .filter(({ state }) => state !== 'delivered')
      .map(({ text, state }) => `${brief(text)}: ${state}`);
    assert.deepEqual(other, [], `${this.#author}'s messages are not shown as delivered`);
    const seen = (lines: readonly Line[]): unknown[] =>
      lines
        .filter(({ id }) => !except.has(id))
        .map((line) => ({ written: brief(this.#original(line)), seen: seenBy(line) }));
    assert.deepEqual(seen(arrived), seen(own), `${this.#author}'s messages stand otherwise at the reader`);
  }

  get #answered(): Written[] {
    return [...this.#written.values()].filter(({ answeredAt }) => answeredAt < Number.POSITIVE_INFINITY);
  }

  #areWritten(where: string, lines: readonly Line[]): void {
    const strange = lines.filter(({ id }) => !this.#written.has(id));
    assert.deepEqual(strange, [], `${where} has what ${this.#author} did not write`);
  }

  #areChanged(lines: readonly Line[], byReader: Changes): void {
    for (const line of lines) checkChanged(line, this.#original(line), { byAuthor: this.changes, byReader });
  }

  #original({ id }: Line): string {
    return this.#written.get(id)?.text ?? '';
  }

  #areOnce(where: string, lines: readonly Line[]): void {
    const counts = Map.groupBy(lines, ({ id }) => id);
    const twice = [...counts.values()]
      .filter(({ length }) => length > 1)
      .map(([first]) => brief(first?.text ?? ''));
    assert.deepEqual(twice, [], `${where} has messages of ${this.#author} twice`);
  }

  /**
   * Messages stand in the order in which they were asked for. One that was asked for several times stands where any of
   * these put it, but neither before what had been answered when it was first asked for, nor behind what was first
   * asked for when it had been answered.
   */
  #areInOrder(where: string, lines: readonly Line[]): void {
    let [latestOnce, latestAny] = [0, 0];
    for (const { id, text } of lines) {
      const { requestedAt, requests, answeredAt } = this.#written.get(id) ?? {
        requestedAt: 0,
        requests: 0,
        answeredAt: 0,
      };
      const isLate = answeredAt < latestAny || (requests === 1 && requestedAt < latestOnce);
      assert.ok(!isLate, `${where} has ${this.#author}'s message too late: ${brief(text)}`);
      latestAny = Math.max(latestAny, requestedAt);
      if (requests === 1) latestOnce = Math.max(latestOnce, requestedAt);
    }
  }
}

/** The start of a text, which has its number. */
export function brief(text: string | null): string {
  return (text ?? '').slice(0, 16).trimEnd();
}
