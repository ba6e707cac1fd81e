import type { Envelope } from '@p2p-chat/protocol/envelope';
import type { Correspondence } from './correspondence.ts';
import type { Surroundings } from './surroundings.ts';
import { pending } from './pending-queue.ts';
import type { Cancel } from './ports.ts';
import { type OutgoingMessage, StorageError } from './storage-ports.ts';
import type { MessageView } from './views.ts';

/** How long after an outbox did not give a message back it is asked again, milliseconds. */
const TAKE_BACK_MS = 60_000;

/** A message that a person wants to send. `id` is made by the window. */
export interface WriteRequest extends Pick<Envelope, 'id' | 'kind' | 'body'> {
  readonly to: Correspondence;
  /** Workspace storage; null when no folder is open. */
  readonly folder: string | null;
}

interface Waiting extends WriteRequest {
  done(message: MessageView): void;
  failed(error: unknown): void;
}

/** A message with its number, on its way into the outbox of its folder. */
interface Written extends OutgoingMessage {
  readonly folder: string | null;
}

/** Messages of one folder that were written one after the other. */
interface Run {
  readonly folder: string | null;
  readonly messages: Written[];
}

function runs(written: readonly Written[]): Run[] {
  const all: Run[] = [];
  for (const message of written) {
    const { folder } = message;
    const last = all.at(-1);
    if (last?.folder === folder) last.messages.push(message);
    else all.push({ folder, messages: [message] });
  }
  return all;
}

/** The outbox of one folder did not take its messages. */
class OutboxFailed extends Error {
  override readonly name = 'OutboxFailed';
  readonly folder: string | null;

  constructor(folder: string | null, cause: unknown) {
    super('an outbox did not take its messages', { cause });
    this.folder = folder;
  }
}

/**
 * Brings what was written into the stores, in order: everything that waits in one tick is one transaction in its outbox
 * (one more wherever the folder changes), then one in the history. Only then is it shown and sent. What was not taken
 * lies in no outbox, or the next start would deliver it; while a failing disk keeps it there nothing else is stored,
 * which it would then stand behind.
 */
export class Writer {
  readonly #around: Surroundings;
  #waiting: Waiting[] = [];
  #flush: Cancel | null = null;
  /** What may lie in an outbox still, though whoever wrote it is told that it was not taken. */
  #untaken: readonly Written[] = [];
  #takingBack: Cancel | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  write(request: WriteRequest): Promise<MessageView> {
    return new Promise((done, failed) => {
      this.#waiting.push({ ...request, done, failed });
      this.#flush ??= this.#around.clock.soon(() => this.#storeAll());
    });
  }

  /** Stores what still waits, at once: a message that a person saw leave the box is not lost by what comes next. */
  flush(): void {
    this.#flush?.();
    this.#storeAll();
    this.#tryToTakeBack();
  }

  stop(): void {
    this.flush();
    this.#takingBack?.();
  }

  #storeAll(): void {
    this.#flush = null;
    let left = this.#waiting;
    this.#waiting = [];
    // An outbox that fails takes its own messages out, and the others are numbered without them.
    while (left.length > 0) {
      try {
        this.#takeBack();
        this.#store(left);
        return;
      } catch (error) {
        const isToBlame = (request: Waiting): boolean =>
          !(error instanceof OutboxFailed) || request.folder === error.folder;
        for (const request of left.filter(isToBlame)) {
          request.failed(error instanceof OutboxFailed ? error.cause : error);
        }
        left = left.filter((request) => !isToBlame(request));
      }
    }
  }

  /** Stores messages of any folders in the order in which they were written. @throws and then none is stored */
  #store(group: readonly Waiting[]): void {
    const { clock, history } = this.#around;
    const now = clock.now();
    const written = [...Map.groupBy(group, ({ to }) => to)].flatMap(([to, requests]) =>
      [...new Map(requests.map((request) => [request.id, request])).values()].map((request, offset) => ({
        to,
        folder: request.folder,
        contact: to.contact.identity,
        storedAt: now,
        envelope: to.compose(request, now, offset),
      })),
    );
    this.#addToOutboxes(written);
    const counters = written.map(({ contact, envelope: { epoch, seq } }) => ({
      contact,
      cursor: { epoch, next: seq + 1 },
    }));
    const messages = this.#orUndo(
      () => history.addOutgoing(written, counters),
      () => this.#undo(written),
    );

    const views = new Map<string, MessageView>();
    for (const [to, ours] of Map.groupBy(written, (message) => message.to)) {
      const folders = new Map(ours.map(({ envelope, folder }) => [envelope.id, folder]));
      const entries = messages
        .filter(({ envelope }) => folders.has(envelope.id))
        .map((message) => pending(message, folders.get(message.envelope.id) ?? null, false));
      const shown = to.enqueue(entries);
      entries.forEach(({ message: { envelope } }, index) => {
        const view = shown[index];
        if (view !== undefined && view !== null) views.set(envelope.id, view);
      });
    }
    this.#around.events.messages([...new Set(views.values())]);
    for (const request of group) {
      const view = views.get(request.id);
      if (view === undefined) request.failed(new Error('the message was not stored'));
      else request.done(view);
    }
  }

  /**
   * A process that ends on the way leaves what was written first: the windows ask again for the rest, which then stands
   * where it was written.
   * @throws {OutboxFailed} and then none has any
   */
  #addToOutboxes(written: readonly Written[]): void {
    const done: Written[] = [];
    for (const { folder, messages } of runs(written)) {
      this.#orUndo(
        () => {
          try {
            this.#around.outboxes.add(folder, messages);
          } catch (cause) {
            throw new OutboxFailed(folder, cause);
          }
        },
        () => this.#undo(done),
      );
      done.push(...messages);
    }
  }

  #undo(written: readonly Written[]): void {
    this.#untaken = written;
    this.#tryToTakeBack();
  }

  /** What an outbox does not give back now is asked for before anything else is stored, and after a while. */
  #tryToTakeBack(): void {
    this.#takingBack?.();
    try {
      this.#takeBack();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#takingBack = this.#around.clock.after(TAKE_BACK_MS, () => this.#tryToTakeBack());
    }
  }

  /** @throws {StorageError} when an outbox has some of it still */
  #takeBack(): void {
    if (this.#untaken.length === 0) return;
    this.#around.outboxes.takeBack(this.#untaken.map(({ envelope: { id }, folder }) => ({ id, folder })));
    this.#untaken = [];
  }

  #orUndo<T>(work: () => T, undo: () => void): T {
    try {
      return work();
    } catch (error) {
      undo();
      throw error;
    }
  }
}
