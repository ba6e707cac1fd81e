import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeptServer } from '../../src/server-here/kept-server.ts';
import {
  IN_USE_PAUSE_MS,
  ServerHere,
  type ServerHereParts,
  STEADY_AFTER_MS,
} from '../../src/server-here/server-here.ts';
import { type RunningServer, ServerStartError } from '../../src/server-here/server-process.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** One machine: whoever holds the folder, and what every window remembers. */
class Machine {
  readonly clock = new FakeClock();
  kept: KeptServer | undefined;
  holder: RunningServer | undefined;
  /** What the next starts fail with. */
  failing: ServerStartError['code'] | undefined;
  starts = 0;
  /** Ends the server that runs as a crash would. */
  crash: () => void = () => undefined;

  window(): {
    readonly server: ServerHere;
    readonly failures: string[];
    readonly shown: (string | undefined)[];
  } {
    const failures: string[] = [];
    const shown: (string | undefined)[] = [];
    const parts: ServerHereParts = {
      start: (place) => this.#start(place),
      kept: {
        read: () => this.kept,
        write: (kept) => {
          this.kept = kept;
          return Promise.resolve();
        },
      },
      clock: this.clock,
      log: () => undefined,
      changed: (running) => shown.push(running?.url),
      failed: ({ code }) => failures.push(code),
    };
    return { server: new ServerHere(parts), failures, shown };
  }

  #start({ host, port }: { host: string; port: number }): Promise<RunningServer> {
    this.starts += 1;
    if (this.failing !== undefined)
      return Promise.reject(new ServerStartError(this.failing, 'as the test says'));
    if (this.holder !== undefined) return Promise.reject(new ServerStartError('in-use', 'held'));
    const ended = Promise.withResolvers<undefined>();
    const chosen = port === 0 ? 41_000 : port;
    const end = (): Promise<void> => {
      this.holder = undefined;
      ended.resolve(undefined);
      return ended.promise;
    };
    this.crash = () => void end();
    this.holder = {
      pid: 1,
      url: `https://${host}:${chosen}`,
      host,
      port: chosen,
      key: null,
      ended: ended.promise,
      stop: end,
    };
    return Promise.resolve(this.holder);
  }
}

const anywhere = { host: '10.0.0.1', port: 0 };
const url = 'https://10.0.0.1:41000';

describe('the discovery server of a window', () => {
  test('keeps the port that was free, and tells of the one that runs when it is started twice', async () => {
    const machine = new Machine();
    const { server, shown } = machine.window();
    assert.equal((await server.start(anywhere)).url, url);
    assert.equal((await server.start(anywhere)).url, url);
    assert.equal(machine.starts, 1);
    assert.deepEqual(machine.kept, { host: '10.0.0.1', port: 41_000, wanted: true });
    assert.deepEqual(shown, [url]);
  });

  test('that was never started, or was stopped by the person, is not started by itself', async () => {
    const machine = new Machine();
    const first = machine.window();
    await first.server.startAgain();
    assert.equal(machine.starts, 0);
    await first.server.start(anywhere);
    assert.equal(await first.server.stop(), true);
    assert.deepEqual(first.shown, [url, undefined]);
    await machine.window().server.startAgain();
    assert.equal(machine.starts, 1);
    assert.equal(machine.kept?.port, 41_000, 'its port is kept for the next time');
  });

  test('ends with the window, and the next window has it again at the same port', async () => {
    const machine = new Machine();
    const first = machine.window();
    await first.server.start(anywhere);
    await first.server.end();
    assert.equal(machine.holder, undefined);
    const second = machine.window();
    await second.server.startAgain();
    assert.equal(second.server.running?.url, url);
    assert.deepEqual(first.failures, []);
  });

  test('of a window that is just closing is waited for once', async () => {
    const machine = new Machine();
    const [first, second] = [machine.window(), machine.window()];
    await first.server.start(anywhere);
    const again = Promise.all([second.server.startAgain(), second.server.startAgain()]);
    await machine.clock.settle();
    await first.server.end();
    await machine.clock.advance(IN_USE_PAUSE_MS);
    await again;
    assert.equal(second.server.running?.url, url);
  });

  test('of another window that goes on is left alone, without a word', async () => {
    const machine = new Machine();
    const [first, second] = [machine.window(), machine.window()];
    await first.server.start(anywhere);
    const again = second.server.startAgain();
    await machine.clock.advance(IN_USE_PAUSE_MS);
    await again;
    assert.deepEqual([machine.starts, second.failures, second.server.running], [3, [], undefined]);
    assert.equal(await second.server.stop(), false);
    assert.equal(machine.kept?.wanted, true, 'and is not stopped by a window that has none');
    await assert.rejects(second.server.start(anywhere), { code: 'in-use' });
  });

  test('waits for nobody once its window has closed', async () => {
    const machine = new Machine();
    const [first, second] = [machine.window(), machine.window()];
    await first.server.start(anywhere);
    const again = second.server.startAgain();
    await machine.clock.settle();
    await second.server.end();
    await again;
    assert.equal(machine.clock.pending, 0);
  });

  test('that cannot start by itself is told of once, and tried again only when it was wanted anew', async () => {
    const machine = new Machine();
    machine.kept = { host: '10.0.0.1', port: 41_000, wanted: true };
    machine.failing = 'address-gone';
    const { server, failures } = machine.window();
    await server.startAgain();
    await server.startAgain();
    assert.deepEqual([machine.starts, failures], [1, ['address-gone']]);
    await assert.rejects(server.start(anywhere), { code: 'address-gone' });
    assert.deepEqual(failures, ['address-gone'], 'whoever asks for it gets the answer');
    machine.failing = undefined;
    await server.start(anywhere);
    await server.end();
  });

  test('that ends by itself is started again if it had run for a while, else its person is told', async () => {
    const machine = new Machine();
    const { server, failures, shown } = machine.window();
    await server.start(anywhere);
    await machine.clock.advance(STEADY_AFTER_MS);
    machine.crash();
    await machine.clock.settle();
    assert.equal(server.running?.url, url);
    assert.deepEqual([shown, failures], [[url, undefined, url], []]);
    machine.crash();
    await machine.clock.settle();
    assert.deepEqual([server.running, failures], [undefined, ['failed']]);
  });

  test('is forgotten without being stopped: it is not started by itself any more', async () => {
    const machine = new Machine();
    machine.kept = { host: '10.0.0.1', port: 41_000, wanted: true };
    const { server } = machine.window();
    await server.forget();
    await server.startAgain();
    assert.equal(machine.starts, 0);
  });
});
