import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import * as z from 'zod';
import type { Fingerprint } from '@p2p-chat/protocol/fingerprint';
import { directConversation } from '@p2p-chat/protocol/identity';
import { startDiscoveryServer } from '../../../discovery-server/src/server.ts';
import { MEASURABLE } from '../../../discovery-server/test/attack/process-memory.ts';
import { settle } from '../../../discovery-server/test/attack/settled.ts';
import { register } from '../../../discovery-server/test/test-client.ts';
import { makeDevice, type TestDevice } from '../support/devices.ts';
import { OPEN_RELAY, openRelayDoor, type RelayDoor } from './relay-door.ts';
import { bytesOf, rowsOf } from './stored-files.ts';
import { Writer } from './writer.ts';
import { answers, type Question } from './victim-process.ts';

/** How much more memory than before the attacks is too much, as a share. */
const MEMORY_SHARE = 0.1;

/** How long an honest user may wait from dialling to the receipt, milliseconds. */
const HONEST_WAIT_MS = 1_000;

type Answer<Ask extends Question['ask']> = z.infer<(typeof answers)[Ask]>;

/**
 * Somebody online who is attacked: a whole peer in a process of its own. Mallory has an account on its discovery
 * server and nothing else; Honest is a contact.
 */
export class Victim {
  /** By which way everybody comes, Honest too: to the victim's own port, or to one behind which is the relay. */
  static through: 'port' | 'relay' = 'port';
  readonly port: number;
  readonly identity: Fingerprint;
  readonly mallory: TestDevice;
  /** Where everything that is stored lies. */
  readonly globalStorage: string;
  readonly #child: ChildProcess;
  readonly #server: { readonly url: string; stop(): Promise<void> };
  readonly #door: RelayDoor | undefined;
  readonly #honest: Writer;
  readonly #prototype: readonly string[];
  #before: Answer<'memory'> | undefined;
  #delivered: string[] = [];

  private constructor(
    child: ChildProcess,
    server: { readonly url: string; stop(): Promise<void> },
    door: RelayDoor | undefined,
    place: Answer<'go-online'> & { readonly globalStorage: string },
    people: { honest: TestDevice; mallory: TestDevice },
    prototype: readonly string[],
  ) {
    this.#child = child;
    this.#server = server;
    this.#door = door;
    this.port = door?.port ?? place.port;
    this.identity = place.identity;
    this.globalStorage = place.globalStorage;
    this.mallory = people.mallory;
    this.#honest = new Writer(people.honest, this);
    this.#prototype = prototype;
  }

  static async start(): Promise<Victim> {
    // Not `temporaryFolder`: within a hook its end is the end of the hook.
    const folder = mkdtempSync(path.join(tmpdir(), 'p2p-chat-victim-'));
    const server = await startDiscoveryServer({
      host: '127.0.0.1',
      port: 0,
      dataDir: path.join(folder, 'server'),
      logger: pino({ level: 'silent' }),
      limits: Victim.through === 'relay' ? OPEN_RELAY : {},
    });
    const people = { honest: await makeDevice(), mallory: await makeDevice() };
    for (const [name, { identityKey }] of [
      ['Honest', people.honest],
      ['Mallory', people.mallory],
    ] as const) {
      assert.equal((await register(server.url, { name, keys: identityKey })).status, 201);
    }
    const child = fork(path.join(import.meta.dirname, 'victim-process.ts'), {
      // VS Code sets nothing of it: there a process keeps for good what it had at its highest.
      execArgv: [...MEASURABLE.execArgv],
      env: { ...process.env, ...MEASURABLE.env },
    });
    const globalStorage = path.join(folder, 'peer');
    const place = await ask(child, { ask: 'go-online', server: server.url, globalStorage, keys: null });
    await ask(child, { ask: 'befriend', name: 'Honest' });
    const prototype = await ask(child, { ask: 'prototype' });
    const door = Victim.through === 'relay' ? await openRelayDoor(server.url, place.identity) : undefined;
    const victim = new Victim(child, server, door, { ...place, globalStorage }, people, prototype);
    // What is made once (code, buffers, caches) is there before anything is measured.
    for (let round = 0; round < 20; round += 1) await victim.servesAnHonestUser();
    return victim;
  }

  /** Somebody new with an account, whom the victim opens a conversation with. */
  async newContact(name: string): Promise<TestDevice> {
    const device = await makeDevice();
    assert.equal((await register(this.#server.url, { name, keys: device.identityKey })).status, 201);
    await ask(this.#child, { ask: 'befriend', name });
    return device;
  }

  /** The victim writes to a contact. */
  async write(contact: Fingerprint, text: string): Promise<void> {
    await ask(this.#child, { ask: 'write', contact, text });
  }

  /** What the victim's windows would show. */
  async stored(): Promise<Answer<'stored'>> {
    return ask(this.#child, { ask: 'stored' });
  }

  /** Remembers how much memory is in use before the attacks, with room for such crowds as come at once. */
  async measure(crowd: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const process = await settle(async () => (await this.memory()).process, crowd);
    this.#before = { ...(await this.memory()), process };
  }

  /** What is in use now. */
  async memory(): Promise<Answer<'memory'>> {
    return ask(this.#child, { ask: 'memory' });
  }

  /** Somebody who is a contact links and delivers within a second. */
  async servesAnHonestUser(): Promise<void> {
    const text = `honest ${this.#delivered.length}`;
    const started = performance.now();
    await this.#honest.deliver(text);
    const took = performance.now() - started;
    this.#delivered.push(text);
    assert.ok(took < HONEST_WAIT_MS, `an honest user waited ${Math.round(took)} ms`);
  }

  /** Nothing of an attacker is left: no contact, no message, nothing in a file, no property of every object. */
  async keptNothingOfAnybodyElse(): Promise<void> {
    const { contacts, messages } = await this.stored();
    assert.deepEqual(
      contacts.map(({ name }) => name),
      ['Honest'],
    );
    assert.deepEqual(Object.values(messages), [this.#delivered]);
    this.#filesKnowNobodyElse();
    await this.bendsNothing();
  }

  /** Not only what windows are shown: counters, refusals and lines of a conversation are rows too. */
  #filesKnowNobodyElse(): void {
    const rows = rowsOf(this.globalStorage);
    const count = (table: string): number | undefined => rows.get(table)?.length;
    assert.deepEqual(
      ['contacts', 'messages', 'inbound', 'retired_inbound', 'refusals', 'notices'].map(count),
      [1, this.#delivered.length, 1, 0, 0, 0],
    );
    const { identity, device } = this.#honest.device.credentials;
    const known = [identity, device, this.identity, directConversation(identity, this.identity)];
    const named = JSON.stringify([...rows]).match(/[0-9a-f]{64}/g) ?? [];
    assert.deepEqual(
      [...new Set(named)].filter((one) => !known.includes(one)),
      [],
    );
    const bytes = bytesOf(this.globalStorage);
    assert.match(bytes, /honest 0/);
    for (const trace of [this.mallory.credentials.identity, this.mallory.credentials.device, 'hostile']) {
      assert.ok(!bytes.includes(trace), `${trace} is in a file`);
    }
  }

  /** Every object inherits what it did before. */
  async bendsNothing(): Promise<void> {
    assert.deepEqual(await ask(this.#child, { ask: 'prototype' }), this.#prototype);
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
    await this.#door?.stop();
    const gone = once(this.#child, 'exit');
    await ask(this.#child, { ask: 'stop' });
    assert.deepEqual(await gone, [0, null], 'the victim lived to the end');
    await this.#server.stop();
    rmSync(path.dirname(this.globalStorage), { recursive: true, force: true });
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
  const onExit = (code: number | null): void => died.abort(new Error(`the victim died: ${code}`));
  if (child.exitCode !== null) throw new Error(`the victim is dead: ${child.exitCode}`);
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
