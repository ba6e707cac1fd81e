import type { Channel, ChannelEvents } from '../../extension/src/core/net-ports.ts';
import { type HistoryStore, type OutboxStore, StorageError } from '../../extension/src/core/storage-ports.ts';
import type { LinkFrame } from '@p2p-chat/protocol/link';
import { Dice } from './dice.ts';
import type { Armed, KillPoint, Step } from './kill-points.ts';
import type { DiskTrouble } from './messages.ts';

/** What lies in wait for a peer at its ports: its death at a named point, and a disk that takes nothing. */
export class Traps {
  /** Whether stores are made to agree: what they do then has points of its own. */
  starting = true;
  #armed: Armed | null = null;
  #passed = 0;
  #share = 0;
  #dice = new Dice(0);

  arm(armed: Armed | null): void {
    this.#armed = armed;
    this.#passed = 0;
  }

  troubleDisk(trouble: DiskTrouble | null): void {
    this.#share = trouble?.share ?? 0;
    this.#dice = new Dice(trouble?.seed ?? 0);
  }

  /** The process is killed here if it was to be. */
  pass(point: KillPoint): void {
    if (this.#armed?.point !== point) return;
    this.#passed += 1;
    if (this.#passed <= this.#armed.passes) return;
    process.kill(process.pid, 'SIGKILL');
    // Nothing happens between the signal and the end.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }

  around<T>(step: Step | null, work: () => T): T {
    if (step === null) return work();
    this.pass(`before ${step}`);
    const result = work();
    this.pass(`after ${step}`);
    return result;
  }

  /** @throws {StorageError} as a database on a full disk does: nothing is written */
  write(): void {
    if (this.#share > 0 && this.#dice.chance(this.#share)) throw new StorageError('The disk is full.');
  }
}

const historyWrites: readonly string[] = [
  'saveContact',
  'addNotice',
  'addOutgoing',
  'renumber',
  'receive',
  'settle',
  'addWorkspace',
  'setSetting',
] satisfies (keyof HistoryStore)[];
const outboxWrites: readonly string[] = ['add', 'update', 'remove'] satisfies (keyof OutboxStore)[];

/** A history whose steps are points. */
export function trappedHistory(history: HistoryStore, traps: Traps): HistoryStore {
  return trapped(history, traps, historyWrites, (method, args) => {
    if (method === 'receive') return 'storing what arrived';
    if (method === 'settle') return 'settling in the history';
    if (method === 'renumber') return 'numbering anew in the history';
    if (method === 'undelivered' && traps.starting) return 'reading at start what is undelivered';
    if (method !== 'addOutgoing') return null;
    if (!traps.starting) return 'adding to the history';
    return isEmpty(args[0]) ? null : 'adding to the history at start';
  });
}

/** An outbox whose steps are points. */
export function trappedOutbox(outbox: OutboxStore, traps: Traps): OutboxStore {
  return trapped(outbox, traps, outboxWrites, (method) => {
    const { starting } = traps;
    if (method === 'all') return starting ? 'reading an outbox at start' : null;
    if (method === 'add') return starting ? 'moving to the global outbox at start' : 'adding to the outbox';
    if (method === 'remove') {
      return starting ? 'removing from an outbox at start' : 'removing from the outbox';
    }
    return method === 'update' ? 'numbering anew in the outbox' : null;
  });
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

/** The same store, with a point before and after each method that `stepOf` names. */
function trapped<Store extends object>(
  store: Store,
  traps: Traps,
  writes: readonly string[],
  stepOf: (method: string, args: readonly unknown[]) => Step | null,
): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function' || typeof name === 'symbol') return member;
      return (...args: unknown[]): unknown =>
        traps.around(stepOf(name, args), () => {
          if (writes.includes(name)) traps.write();
          const result: unknown = Reflect.apply(member, target, args);
          return result;
        });
    },
  });
}

/** States are told again, that somebody is writing is lost: no steps of a message's way. */
const ASIDE: readonly string[] = ['read', 'typing', 'status', 'nearby'] satisfies AsideFrame['type'][];
type AsideFrame = Extract<LinkFrame, { type: 'read' | 'typing' | 'status' | 'nearby' }>;
type MessageFrame = Exclude<LinkFrame, AsideFrame>;

function isAside(frame: LinkFrame): frame is AsideFrame {
  return ASIDE.includes(frame.type);
}

const sending = {
  hello: 'sending hello',
  begin: 'sending begin',
  messages: 'sending messages',
  receipt: 'sending a receipt',
} as const satisfies Record<MessageFrame['type'], Step>;

const taking = {
  hello: 'taking hello',
  begin: 'taking begin',
  messages: 'taking messages',
  receipt: 'taking a receipt',
} as const satisfies Record<MessageFrame['type'], Step>;

/** A channel whose frames are points. */
export function trappedChannel(channel: Channel, traps: Traps): Channel {
  const { identity, device, dialled, endpoint, path } = channel;
  return {
    identity,
    device,
    dialled,
    endpoint,
    path,
    bind: (events: ChannelEvents) =>
      channel.bind({
        frame: (frame, bytes) => {
          if (isAside(frame)) events.frame(frame, bytes);
          else traps.around(taking[frame.type], () => events.frame(frame, bytes));
        },
        closed: (code, reason) => events.closed(code, reason),
      }),
    send: (frame) => {
      if (isAside(frame)) return channel.send(frame);
      const step = sending[frame.type];
      traps.pass(`before ${step}`);
      const bytes = channel.send(frame);
      // A channel hands what one tick brought to its socket at the end of the tick.
      setImmediate(() => traps.pass(`after ${step}`));
      return bytes;
    },
    close: (code, reason) => channel.close(code, reason),
  };
}
