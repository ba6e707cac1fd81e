import type { Listed } from './directory.ts';
import type { Item } from './session/frame.ts';

/** How many users stand on a shelf: a page takes from two of them, and a change in one makes so many be written anew. */
const USERS = 64;

/** Users who stand next to each other in the directory, of whom those offline are written down. */
class Shelf {
  /** Whether what is written is so. */
  isFresh = false;
  memory = Buffer.alloc(0);
  /** Where what is said of each begins, and ends; of those who are online nothing is written. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Places of those who are online, in their order. */
  readonly online: number[] = [];

  /** Writes down all of these. */
  write(users: readonly Listed[]): void {
    let text = '';
    this.online.length = 0;
    for (const [place, listed] of users.entries()) {
      listed.shelf = this;
      this.starts[place] = text.length;
      this.ends[place] = text.length;
      if (listed.isHere) this.online.push(place);
      else {
        // ASCII, as all that is said of somebody offline: a character is a byte.
        text += listed.offlineJson;
        this.ends[place] = text.length;
        text += ',';
      }
    }
    if (this.memory.length < text.length) this.memory = Buffer.allocUnsafeSlow(text.length);
    this.memory.write(text, 'latin1');
    this.isFresh = true;
  }
}

/**
 * The directory in pieces that are written down, so that a page is copied and not made: what is said of somebody offline is
 * the same for everybody who asks, until something changes.
 */
export class Shelves {
  readonly #listed: readonly Listed[];
  readonly #shelves: Shelf[] = [];

  /** @param listed the directory's own list, in its order */
  constructor(listed: readonly Listed[]) {
    this.#listed = listed;
  }

  /** Somebody came to this place or left it: whoever comes after stands elsewhere. */
  moved(place: number): void {
    for (let each = Math.floor(place / USERS); each < this.#shelves.length; each += 1) {
      const shelf = this.#shelves[each];
      if (shelf !== undefined) shelf.isFresh = false;
    }
  }

  /**
   * What is said of those from place `start` to before `end` now. Good until the next change: it has to be copied.
   * @param onlineJson what is said of somebody online, which changes with each sign of life
   */
  take(start: number, end: number, onlineJson: (listed: Listed) => string): Item[] {
    const items: Item[] = [];
    for (let from = start; from < end;) {
      const number = Math.floor(from / USERS);
      const first = number * USERS;
      const to = Math.min(end, first + USERS);
      this.#takeFrom(this.#fresh(number), { first, from, to }, onlineJson, items);
      from = to;
    }
    return items;
  }

  #takeFrom(
    { memory, starts, ends, online }: Shelf,
    { first, from, to }: { first: number; from: number; to: number },
    onlineJson: (listed: Listed) => string,
    items: Item[],
  ): void {
    let next = from - first;
    const run = (until: number): void => {
      if (until > next) items.push({ memory, start: starts[next] ?? 0, end: ends[until - 1] ?? 0 });
    };
    for (const place of online) {
      if (place < next) continue;
      if (place >= to - first) break;
      run(place);
      const listed = this.#listed[first + place];
      if (listed !== undefined) items.push(onlineJson(listed));
      next = place + 1;
    }
    run(to - first);
  }

  #fresh(number: number): Shelf {
    const shelf = (this.#shelves[number] ??= new Shelf());
    if (!shelf.isFresh) shelf.write(this.#listed.slice(number * USERS, (number + 1) * USERS));
    return shelf;
  }
}
