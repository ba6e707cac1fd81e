import type { Correspondence } from './correspondence.ts';
import type { Surroundings } from './surroundings.ts';
import { pending } from './pending-queue.ts';
import type { Cancel } from './ports.ts';
import type { MessageView } from './views.ts';

/** A message that a person wants to send. */
export interface WriteRequest {
  /** Made by the window. */
  readonly id: string;
  readonly to: Correspondence;
  readonly text: string;
  /** Workspace storage; null when no folder is open. */
  readonly folder: string | null;
}

interface Waiting extends WriteRequest {
  done(message: MessageView): void;
  failed(error: unknown): void;
}

/**
 * Brings what was written into the stores: everything that waits in one tick is one transaction in each outbox, then
 * one in the history. Only then is it shown and sent.
 */
export class Writer {
  readonly #around: Surroundings;
  #waiting: Waiting[] = [];
  #flush: Cancel | null = null;

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
  }

  #storeAll(): void {
    this.#flush = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [folder, group] of Map.groupBy(waiting, (request) => request.folder)) {
      try {
        this.#store(folder, group);
      } catch (error) {
        for (const request of group) request.failed(error);
      }
    }
  }

  #store(folder: string | null, group: readonly Waiting[]): void {
    const { clock, outboxes, history } = this.#around;
    const now = clock.now();
    const written = [...Map.groupBy(group, ({ to }) => to)].flatMap(([to, requests]) =>
      [...new Map(requests.map((request) => [request.id, request])).values()].map((request, offset) => ({
        to,
        contact: to.contact.identity,
        storedAt: now,
        envelope: to.compose(request.id, { text: request.text }, now, offset),
      })),
    );
    outboxes.add(folder, written);
    const counters = written.map(({ contact, envelope: { epoch, seq } }) => ({
      contact,
      cursor: { epoch, next: seq + 1 },
    }));
    const messages = this.#orUndo(
      () => history.addOutgoing(written, counters),
      () => outboxes.remove(written.map(({ envelope }) => ({ id: envelope.id, folder }))),
    );

    const views = new Map<string, MessageView>();
    for (const [to, ours] of Map.groupBy(written, (message) => message.to)) {
      const ids = new Set(ours.map(({ envelope }) => envelope.id));
      const entries = messages
        .filter(({ envelope }) => ids.has(envelope.id))
        .map((message) => pending(message, folder, false));
      for (const view of to.enqueue(entries)) views.set(view.id, view);
    }
    this.#around.events.messages([...views.values()]);
    for (const request of group) {
      const view = views.get(request.id);
      if (view === undefined) request.failed(new Error('the message was not stored'));
      else request.done(view);
    }
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
