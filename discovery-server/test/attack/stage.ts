import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { DiscoveryPath, SESSION_PROTOCOL } from '@p2p-chat/protocol/discovery';
import { type Person, person, register } from '../test-client.ts';
import { Target } from './target.ts';

/** A whole server that a file of attacks has for itself, with an account for whoever attacks. */
export class Stage {
  readonly mallory = person('Mallory');
  /** Names of everybody who was let in besides honest people. */
  readonly names = [this.mallory.name];
  #target: Target | undefined;

  /**
   * Starts it before the tests of the file that calls this, and stops it after them.
   * @param measure what is remembered of its memory before it is attacked
   */
  static set(measure: (target: Target) => Promise<void>): Stage {
    const stage = new Stage();
    let dataDir: string | undefined;
    before(async () => {
      dataDir = await mkdtemp(path.join(tmpdir(), 'p2p-chat-attack-'));
      stage.#target = await Target.start(dataDir);
      assert.equal((await register(stage.target.url, stage.mallory)).status, 201);
      await measure(stage.target);
    });
    after(async () => {
      await stage.#target?.stop();
      if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
    });
    return stage;
  }

  /** From the first test on. */
  get target(): Target {
    assert.ok(this.#target !== undefined, 'the server has not started');
    return this.#target;
  }

  /** Whatever is done to the server, an honest user notices nothing of it. */
  attack(name: string, run: () => Promise<void>): void {
    void test(name, async () => {
      await run();
      await this.target.servesAnHonestUser();
      // Garbage goes after each attack: what the process grows by is then what attacks leave behind.
      await this.target.memory();
    });
  }

  /** An account of its own, so that no limit by account counts twice. */
  async newMember(): Promise<Person> {
    const who = person(`Member${this.names.length}`);
    this.names.push(who.name);
    const { status, text } = await register(this.target.url, who, this.target.newAddress());
    assert.equal(status, 201, text);
    return who;
  }

  /** A WebSocket before the sign-in, with the socket under it. */
  async rawSession(): Promise<{ socket: TLSSocket; ws: WebSocket }> {
    const socket = await this.target.connect();
    const ws = new WebSocket(`ws+unix:peer:${DiscoveryPath.session}`, SESSION_PROTOCOL, {
      createConnection: () => socket,
      perMessageDeflate: false,
    });
    ws.on('error', () => undefined);
    await once(ws, 'open');
    return { socket, ws };
  }
}
