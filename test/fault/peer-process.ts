import type { Change } from '@p2p-chat/protocol/kinds';
import type { HistoryStore, OutboxStore } from '../../extension/src/core/storage-ports.ts';
import { createPeerService } from '../../extension/src/peer/service.ts';
import { type PeerParts, realParts } from '../../extension/src/peer/parts.ts';
import { PeerError } from '../../extension/src/peer-api.ts';
import { TestWindow } from '../../extension/test/support/window.ts';
import { eventually } from '../../scripts/lib/wait.ts';
import { EMOJI } from './changes.ts';
import { FastClock } from './fast-clock.ts';
import {
  asked,
  type Answers,
  line,
  type Line,
  type Outcome,
  type Question,
  type Setup,
  type Wish,
} from './messages.ts';
import { Traps, trappedChannel, trappedHistory, trappedOutbox } from './traps.ts';

/**
 * A whole peer in a process of its own, which may be killed at any moment and started again on the same folders. To be
 * forked; the driver asks, see messages.ts. The peer is the real one: only between its core and its ports lie traps.
 */

/** What was logged last, for a run that fails. */
const KEPT_LOG_LINES = 200;

class RunningPeer {
  readonly #setup: Setup;
  readonly #clock: FastClock;
  readonly #traps = new Traps();
  readonly #outboxes = new Map<string, OutboxStore>();
  #history: HistoryStore | null = null;
  #service: Awaited<ReturnType<typeof createPeerService>> | null = null;
  #window: TestWindow | null = null;
  /** One for each workspace, as VS Code has them; all with the same peer. */
  readonly #windows = new Map<string | null, object>();
  #port = 0;
  #outcomes: Outcome[] = [];

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#clock = new FastClock(setup.clockOffset);
    this.#traps.arm(setup.armed);
  }

  async start(): Promise<Answers['start']> {
    const { globalStorage, identityKey, deviceKey, name, server, other, open, workspaces } = this.#setup;
    const options = { globalStorage, identityKey, deviceKey, successions: [], version: '0.0.0' };
    this.#service = await createPeerService({ ...options, proxy: { noProxy: [] } }, this.#parts());
    this.#traps.starting = false;
    const window = new TestWindow(this.#service);
    this.#window = window;
    for (const workspace of workspaces) await window.request('addWorkspace', { workspace });
    await window.request('addContact', { ...other, server });
    if (open) await window.request('openConversation', { contact: other.identity, limit: 1, byPerson: true });
    const wish = {
      server,
      name,
      listenHost: '127.0.0.1',
      listenPort: 0,
      joinCode: null,
      serverKey: null,
      byPerson: true,
    };
    await window.request('goOnline', wish).catch((error: unknown) => {
      // The peer goes on trying; whom it knows can be reached meanwhile.
      if (!(error instanceof PeerError) || error.code !== 'server-unreachable') throw error;
    });
    return { port: this.#port };
  }

  write(wishes: readonly Wish[]): void {
    const contact = this.#setup.other.identity;
    for (const { id, text, workspace, change } of wishes) {
      const window = this.#windows.get(workspace) ?? {};
      this.#windows.set(workspace, window);
      const to = { id, contact, workspace };
      const written =
        change === undefined
          ? this.#running.request('send', { ...to, text }, window)
          : this.#running.request('change', { ...to, change: changeFrom(change, text) }, window);
      written
        .then(() => this.#tell({ id, code: null }))
        .catch((error: unknown) => {
          const code = error instanceof PeerError ? error.code : String(error);
          this.#tell({ id, code });
        });
    }
  }

  get traps(): Traps {
    return this.#traps;
  }

  get clock(): FastClock {
    return this.#clock;
  }

  get log(): string[] {
    return this.#window?.log.slice(-KEPT_LOG_LINES) ?? [];
  }

  /** Messages in all outboxes. */
  get waiting(): number {
    return [...this.#outboxes.values()].reduce((sum, outbox) => sum + outbox.all().length, 0);
  }

  async rest(): Promise<void> {
    const isAtRest = (): boolean => this.waiting === 0 && this.#history?.undelivered().length === 0;
    await eventually('nothing waits', isAtRest, { timeout: 300_000 });
  }

  clear(): Promise<Answers['clear']> {
    return this.#running.request('clearHistory', { contact: this.#setup.other.identity }, this);
  }

  async conversation(): Promise<Answers['conversation']> {
    const contact = this.#setup.other.identity;
    const lines: Line[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    for (let hasOlder = true; hasOlder;) {
      const page = await this.#running.request('loadOlder', { contact, before, limit: 500 }, this);
      lines.unshift(...page.messages.map((message) => line.parse(message)));
      ({ hasOlder } = page);
      before = page.messages[0]?.order ?? 0;
    }
    const notices = this.#window?.notices ?? [];
    return { lines, missing: notices.filter(({ kind }) => kind === 'missing').map(({ count }) => count) };
  }

  async stop(): Promise<void> {
    await this.#running.stop();
  }

  get #running(): Awaited<ReturnType<typeof createPeerService>> {
    if (this.#service === null) throw new Error('the peer is not started');
    return this.#service;
  }

  /** Everything real, with traps at the ports, a fast clock, and the driver's proxy on the way to the contact. */
  #parts(): PeerParts {
    const traps = this.#traps;
    const road = { address: '127.0.0.1', port: this.#setup.road };
    return {
      clock: this.#clock,
      openHistory: (folder, setAside) => {
        const history = realParts.openHistory(folder, setAside);
        this.#history = history;
        return trappedHistory(history, traps);
      },
      openOutbox: (folder, setAside) => {
        const outbox = realParts.openOutbox(folder, setAside);
        this.#outboxes.set(folder, outbox);
        return trappedOutbox(outbox, traps);
      },
      createLocalNetworks: realParts.createLocalNetworks,
      createDialer: (options) => {
        const dialer = realParts.createDialer(options);
        return {
          dial: async (identity, endpoints, signal, ended) => {
            const ways = endpoints.length === 0 ? [] : [road];
            return trappedChannel(await dialer.dial(identity, ways, signal, ended), traps);
          },
          through: async (stream, identity, signal) =>
            trappedChannel(await dialer.through(stream, identity, signal), traps),
        };
      },
      createListener: (options) => {
        const listener = realParts.createListener({
          ...options,
          onChannel: (channel) => options.onChannel(trappedChannel(channel, traps)),
        });
        return {
          start: async () => {
            const { port } = await listener.start();
            this.#port = port;
            return { port };
          },
          join: (stream) => listener.join(stream),
          stop: () => listener.stop(),
        };
      },
    };
  }

  /** Everything that one tick brings is one message to the driver. */
  #tell(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    if (this.#outcomes.length > 1) return;
    queueMicrotask(() => {
      process.send?.({ outcomes: this.#outcomes });
      this.#outcomes = [];
    });
  }
}

function changeFrom({ kind, message, isOwn }: NonNullable<Wish['change']>, text: string): Change {
  switch (kind) {
    case 'edit':
      return { kind, message, text };
    case 'delete':
      return { kind, message };
    case 'reaction':
      return { kind, message, by: isOwn ? 'sender' : 'recipient', emoji: EMOJI, on: true };
  }
}

let peer: RunningPeer | null = null;

function running(): RunningPeer {
  if (peer === null) throw new Error('the peer is not started');
  return peer;
}

type Deal = {
  [Ask in keyof Answers]: (asked: Extract<Question, { ask: Ask }>) => Answers[Ask] | Promise<Answers[Ask]>;
};

const deal: Deal = {
  start: ({ setup }) => {
    peer = new RunningPeer(setup);
    return peer.start();
  },
  write: ({ wishes }) => {
    running().write(wishes);
    return {};
  },
  arm: ({ armed }) => {
    running().traps.arm(armed);
    return {};
  },
  'set-clock': ({ offset }) => {
    running().clock.set(offset);
    return {};
  },
  'trouble-disk': ({ trouble }) => {
    running().traps.troubleDisk(trouble);
    return {};
  },
  rest: async () => {
    await running().rest();
    return {};
  },
  conversation: () => running().conversation(),
  clear: () => running().clear(),
  outboxes: () => ({ waiting: running().waiting }),
  log: () => ({ lines: running().log }),
  stop: async () => {
    await running().stop();
    return {};
  },
};

async function answer(raw: unknown): Promise<void> {
  const { number, question } = asked.parse(raw);
  const dealWith = deal[question.ask] as (asked: Question) => object | Promise<object>;
  try {
    process.send?.({ number, answer: await dealWith(question) });
  } catch (error) {
    process.send?.({
      number,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
  if (question.ask !== 'stop') return;
  // Nobody listens to the channel, which alone keeps no process alive: whatever the peer left behind does, which the driver
  // sees. `disconnect()` would wait for ever for the rest of a message of which only a part has come.
  process.off('message', hear);
  process.off('disconnect', exit);
}

/** The driver is gone. */
const exit = (): void => process.exit();

const hear = (raw: unknown): void => void answer(raw);

process.on('message', hear);
process.on('disconnect', exit);
