import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import * as z from 'zod';
import { SessionClose } from '@p2p-chat/protocol/discovery';
import { accountDocument } from '../../src/store/accounts-file.ts';
import { type Person, person, register, TestSession } from '../test-client.ts';
import { hold, knock } from './crowds.ts';
import { MEASURABLE } from './process-memory.ts';
import { answers, type Question } from './server-process.ts';
import { settle } from './settled.ts';

/** How much more memory than before the attacks is too much, as a share. */
const MEMORY_SHARE = 0.1;

/** How long an honest user may wait from connecting to the welcome, milliseconds. */
const HONEST_WAIT_MS = 1_000;

/** Where honest people are: limits by address are not theirs to share with an attacker. */
const HONEST_ADDRESS = { localAddress: '127.0.0.2' };

type Answer<Ask extends Question['ask']> = z.infer<(typeof answers)[Ask]>;

/** A line of the accounts file: an account and nothing else of it, or what NeDB notes for itself. */
const storedLine = z.union([
  z.strictObject(accountDocument.shape),
  z.object({ $$indexCreated: z.unknown(), name: z.undefined() }),
]);

/** A discovery server that is attacked, with HTTPS, in a process of its own. */
export class Target {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  readonly #honest: readonly Person[];
  readonly #prototype: readonly string[];
  /** Who came before anything was measured. */
  readonly #early: string[] = [];
  #before: Answer<'memory'> | undefined;
  #turn = 0;
  #attackers = 0;

  private constructor(
    child: ChildProcess,
    dataDir: string,
    url: string,
    honest: readonly Person[],
    prototype: readonly string[],
  ) {
    this.#child = child;
    this.#dataDir = dataDir;
    this.url = url;
    this.#honest = honest;
    this.#prototype = prototype;
  }

  static async start(dataDir: string): Promise<Target> {
    const child = fork(path.join(import.meta.dirname, 'server-process.ts'), {
      // An operator sets nothing of it: there a process keeps for good what it had at its highest.
      execArgv: [...MEASURABLE.execArgv],
      env: { ...process.env, ...MEASURABLE.env },
    });
    const { url } = await ask(child, { ask: 'start', dataDir });
    const honest = ['Honest', 'Upright', 'Decent', 'Faithful'].map((name) => person(name));
    for (const who of honest) assert.equal((await register(url, who, HONEST_ADDRESS)).status, 201);
    const target = new Target(child, dataDir, url, honest, await ask(child, { ask: 'prototype' }));
    // What is made once (code, buffers, caches) is there before anything is measured.
    for (let round = 0; round < 20; round += 1) await target.servesAnHonestUser();
    return target;
  }

  /** Comes from one address with so many connections that say nothing, and does something meanwhile. */
  async hold(count: number, meanwhile: () => Promise<void>): Promise<void> {
    await hold({ ...this.#place(), ...this.newAddress() }, count, meanwhile);
  }

  /** Comes and goes so many times in a row. */
  async knock(times: number): Promise<void> {
    await knock(this.#place(), times);
  }

  #place(): { host: string; port: number } {
    const { hostname, port } = new URL(this.url);
    return { host: hostname, port: Number(port) };
  }

  /** Remembers how much memory is in use before attacks that no crowd makes. */
  async measureHeap(): Promise<void> {
    this.#before = await this.memory();
  }

  /** Remembers how much memory is in use before the attacks, with room for a crowd. */
  async measure(): Promise<void> {
    // Room for accounts, and for those who come and go in a row, is taken once.
    const from = this.newAddress();
    for (let count = 0; count < 130; count += 1) {
      const who = person(`Early${count}`);
      if ((await register(this.url, who, from)).status === 201) this.#early.push(who.name);
    }
    await this.knock(10_000);
    const process = await settle(
      async () => (await this.memory()).process,
      async () => {
        await this.hold(1_000, () => this.servesAnHonestUser());
        await this.knock(1_000);
      },
    );
    this.#before = { ...(await this.memory()), process };
  }

  /** What is in use now. */
  async memory(): Promise<Answer<'memory'>> {
    return ask(this.#child, { ask: 'memory' });
  }

  /** An address that no attack came from yet. */
  newAddress(): { localAddress: string } {
    this.#attackers += 1;
    return { localAddress: `127.0.1.${this.#attackers}` };
  }

  /** A TLS connection from an address of its own. */
  async connect(): Promise<TLSSocket> {
    const socket = connect({ ...this.#place(), ...this.newAddress(), rejectUnauthorized: false });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  }

  /** Somebody with an account signs in and finds another, within a second. */
  async servesAnHonestUser(): Promise<void> {
    this.#turn += 1;
    const who = this.#honest[this.#turn % this.#honest.length];
    assert.ok(who);
    const started = performance.now();
    const session = await TestSession.signedIn(this.url, who, [], HONEST_ADDRESS);
    const found = await session.lookUp(who.identity);
    const took = performance.now() - started;
    assert.equal(found?.online, true);
    assert.ok(took < HONEST_WAIT_MS, `an honest user waited ${Math.round(took)} ms`);
    session.send({ type: 'sign-out', id: 1_000 });
    assert.equal((await session.closed).code, SessionClose.signedOut);
  }

  /** Every object inherits what it did before. */
  async bendsNothing(): Promise<void> {
    assert.deepEqual(await ask(this.#child, { ask: 'prototype' }), this.#prototype);
  }

  /** Nobody but these and the honest ones has an account, in the directory or in the file. */
  async hasOnlyAccountsOf(names: readonly string[]): Promise<void> {
    const [who] = this.#honest;
    assert.ok(who);
    const session = await TestSession.signedIn(this.url, who, [], HONEST_ADDRESS);
    const found: string[] = [];
    const all = [...this.#honest.map(({ name }) => name), ...this.#early, ...names].sort();
    let next: string | null = null;
    do {
      const answer = await session.ask({ type: 'directory', after: next, limit: 50 });
      assert.ok(answer.type === 'result' && answer.page !== undefined);
      found.push(...answer.page.users.map(({ name }) => name));
      next = answer.page.next;
    } while (next !== null);
    assert.deepEqual(found.sort(), all);
    session.kill();
    const lines = readFileSync(path.join(this.#dataDir, 'accounts.db'), 'utf8').split('\n');
    const stored = lines
      .filter((line) => line !== '')
      .map((line) => storedLine.parse(JSON.parse(line)).name)
      .filter((name) => name !== undefined);
    assert.deepEqual([...new Set(stored)].sort(), all);
  }

  /** What is in use is back within a tenth of what `measureHeap` found. */
  async forgotWhatItRefused(): Promise<void> {
    assert.ok(this.#before !== undefined);
    isBack('heap', this.#before.heap, (await this.memory()).heap);
  }

  /**
   * Memory is back within a tenth of what `measure` found: what JavaScript has in use, and what the whole process has.
   * That stays so after two more waves, the second of which adds nothing to the first.
   */
  async forgotTheAttack(wave: () => Promise<void>): Promise<void> {
    assert.ok(this.#before !== undefined);
    const before = this.#before;
    const after = await this.memory();
    isBack('heap', before.heap, after.heap);
    isBack('process', before.process, after.process);
    await wave();
    const first = (await this.memory()).process;
    await wave();
    isBack('process', first, (await this.memory()).process);
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    await ask(this.#child, { ask: 'stop' });
    assert.deepEqual(await gone, [0, null], 'the server lived to the end');
  }
}

function isBack(what: string, before: number, after: number): void {
  const mebibytes = [before, after].map((bytes) => (bytes / 2 ** 20).toFixed(1));
  assert.ok(after <= before * (1 + MEMORY_SHARE), `${what}: ${mebibytes.join(' MiB before, ')} MiB after`);
}

const reply = z.object({ answer: z.unknown() });

/** One question at a time. */
async function ask<Ask extends Question['ask']>(
  child: ChildProcess,
  asked: Extract<Question, { ask: Ask }>,
): Promise<Answer<Ask>> {
  const died = new AbortController();
  const onExit = (code: number | null): void => died.abort(new Error(`the server died: ${code}`));
  if (child.exitCode !== null) throw new Error(`the server is dead: ${child.exitCode}`);
  child.once('exit', onExit);
  try {
    const answered = once(child, 'message', { signal: died.signal });
    child.send(asked);
    const [raw] = (await answered) as [unknown];
    return answers[asked.ask].parse(reply.parse(raw).answer) as Answer<Ask>;
  } catch (error) {
    if (died.signal.aborted) throw died.signal.reason;
    throw error;
  } finally {
    child.off('exit', onExit);
  }
}
