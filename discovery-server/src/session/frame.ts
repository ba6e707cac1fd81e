import { MAX_HEAD_BYTES, textFrame, writeHead } from './web-socket-frame.ts';

/** What is sent to a client: a text, or one that is mostly a list of what is JSON already. */
export type Frame = string | ListFrame;

/** The text `head`, the items with commas between them, and `tail`. */
export interface ListFrame {
  readonly head: string;
  readonly items: readonly Item[];
  readonly tail: string;
}

/** One item, or several that stand in a row already. */
export type Item = string | Run;

/** Items in UTF-8 with commas between them, from `start` to before `end` of memory that is somebody else's: copied at once. */
export interface Run {
  readonly memory: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A frame as it goes over the line, in bytes that are somebody else's once they are given back. */
export interface LentBytes {
  readonly bytes: Buffer;
  /** To be called once, when nobody reads the bytes any more; never, if that is not known. */
  readonly giveBack: () => void;
}

/** A page of the directory has about 9 KB, a snapshot of MAX_SNAPSHOT about 20. */
const PIECE_BYTES = 64 * 1024;
/** A client that reads has its frames before the next one is made: more than a few are on their way to those that do not. */
const MOST_LENT = 16;
const COMMA = 0x2c;

/**
 * Memory for lists that are sent, used again and again. A frame of its own size would lie outside the heap, and when 64 MB have
 * come together there V8 goes through all of the heap: at the rate at which pages can be asked for, several times a second.
 */
export class FrameMemory {
  readonly #free: Buffer[] = [];
  #lent = 0;

  /** Makes the frame. What finds no room has memory of its own. */
  lend(frame: ListFrame): LentBytes {
    if (this.#lent === MOST_LENT) return ownBytes(frame);
    const memory = this.#free.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
    const end = write(frame, memory);
    if (end === undefined) {
      this.#free.push(memory);
      return ownBytes(frame);
    }
    this.#lent += 1;
    return {
      bytes: memory.subarray(writeHead(memory, MAX_HEAD_BYTES, end - MAX_HEAD_BYTES), end),
      giveBack: () => {
        this.#lent -= 1;
        this.#free.push(memory);
      },
    };
  }
}

/** The frame as one text. */
export function textOf(frame: Frame): string {
  return typeof frame === 'string'
    ? frame
    : `${frame.head}${frame.items.map(textOfItem).join(',')}${frame.tail}`;
}

function textOfItem(item: Item): string {
  return typeof item === 'string' ? item : item.memory.toString('utf8', item.start, item.end);
}

function ownBytes(frame: ListFrame): LentBytes {
  return { bytes: textFrame(textOf(frame)), giveBack: () => undefined };
}

/** Writes the text behind the room for the longest head. @returns where it ends; undefined: nowhere in this memory */
function write({ head, items, tail }: ListFrame, to: Buffer): number | undefined {
  let end = MAX_HEAD_BYTES + to.write(head, MAX_HEAD_BYTES);
  for (const [place, item] of items.entries()) {
    // A character takes three bytes at most; the comma and the tail have to fit as well.
    const most = typeof item === 'string' ? 3 * item.length : item.end - item.start;
    if (end + most + 3 * tail.length + 1 > to.length) return undefined;
    if (place > 0) to[end++] = COMMA;
    end += typeof item === 'string' ? to.write(item, end) : item.memory.copy(to, end, item.start, item.end);
  }
  return end + to.write(tail, end);
}
