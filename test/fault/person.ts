import { randomBytes } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exportPrivateKey, fingerprintOf, generateKeyPair, type KeyPair } from '@p2p-chat/protocol/identity';
import { within } from '../../scripts/lib/wait.ts';
import type { Armed } from './kill-points.ts';
import { Ledger } from './ledger.ts';
import type { Answers, DiskTrouble, Outcome, Setup, Wish } from './messages.ts';
import { PeerChild, PeerDied } from './peer-child.ts';

/** How long a peer may take to tell what it logged, milliseconds: one that stands still tells nothing. */
const LOG_MS = 5_000;

/** Workspaces that this person has open, besides a window without a folder. */
const WORKSPACES = 3;

/** What a person's peers are started with. */
export interface Place {
  readonly name: string;
  /** The program of peer-process.ts. */
  readonly program: string;
  /** Where everything of this person lies. */
  readonly folder: string;
  readonly server: () => string;
  /** The port of the proxy behind which the contact is found. */
  readonly road: () => number;
}

/**
 * One person with one installation, over many runs of their peer. While it is wanted, the next one is started whenever
 * one dies, as the next window does it; and what was asked for without an answer is asked for again, with the same id,
 * as windows do.
 */
export class Person {
  readonly name: string;
  readonly ledger: Ledger;
  /** Storage folders of the workspaces; null is the window without one. */
  readonly windows: readonly (string | null)[];
  /** Whether a window shows the conversation, from the next start on. */
  open = true;
  readonly #place: Place;
  readonly #keys: { readonly identity: KeyPair; readonly device: KeyPair };
  #contact: { readonly identity: string; readonly name: string } | null = null;
  #child: PeerChild | null = null;
  #life: Promise<void> | null = null;
  #turn: Promise<void> = Promise.resolve();
  #wanted = false;
  #isUp = false;
  #deaths = 0;
  #port = 0;
  #clockOffset = 0;
  #armedNext: Armed | null = null;
  /** Asked for and not answered, in order. */
  readonly #unanswered = new Map<string, Wish>();
  /** What a disk did not take stands in its box still. */
  #inBox: Wish[] = [];
  #wrong: Error | null = null;
  #lastReport = '';
  #watching: (() => void)[] = [];

  constructor(place: Place) {
    this.#place = place;
    this.name = place.name;
    this.ledger = new Ledger(place.name);
    this.#keys = { identity: generateKeyPair(), device: generateKeyPair() };
    const folders = Array.from({ length: WORKSPACES }, (_, index) =>
      join(place.folder, `workspace-${index}`),
    );
    this.windows = [null, ...folders];
  }

  get identity(): string {
    return fingerprintOf(this.#keys.identity.publicKey);
  }

  /** Where the peer listens, or did last. */
  get port(): number {
    return this.#port;
  }

  /** How many of their peers died. */
  get deaths(): number {
    return this.#deaths;
  }

  /** How many texts stand in their boxes, since the disk did not take them. */
  get inBox(): number {
    return this.#inBox.length;
  }

  meet(contact: Person): void {
    this.#contact = { identity: contact.identity, name: contact.name };
  }

  /** What begins and ends peers happens one after the other. */
  inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Begins to be there, and stays. Ends when a peer is up, however many were killed on the way. */
  async comeBack(): Promise<void> {
    this.#mustBeWell();
    this.#wanted = true;
    this.#life ??= this.#live();
    await this.until('is up', () => this.#isUp);
  }

  /** Closes VS Code. */
  async stop(): Promise<void> {
    if (!this.#wanted) return;
    await this.comeBack();
    this.#wanted = false;
    await this.#ask({ ask: 'stop' });
    await this.#life;
    this.#mustBeWell();
  }

  /** Kills the peer; the next one starts at once. */
  kill(): void {
    this.#child?.kill();
  }

  /** Kills the peer, and nobody starts another. */
  async leave(): Promise<void> {
    this.#wanted = false;
    this.#child?.kill();
    await this.#life;
  }

  /** Kills the peer for good: whoever still waits for this person hears so. */
  async end(): Promise<void> {
    this.#wrong ??= new Error(`${this.name} is there no longer`);
    this.#look();
    await this.leave();
  }

  /** The windows are gone too: what was not answered, or not taken, is asked for no more. */
  closeWindows(): void {
    this.#unanswered.clear();
    this.#inBox = [];
  }

  /** Kills the running peer at this point, when it gets there; null: no longer. */
  async arm(armed: Armed | null): Promise<void> {
    await this.#ask({ ask: 'arm', armed });
  }

  /** Kills the next peer at this point. */
  armNext(armed: Armed): void {
    this.#armedNext = armed;
  }

  async setClock(offset: number): Promise<void> {
    this.#clockOffset = offset;
    await this.#ask({ ask: 'set-clock', offset });
  }

  /** Of the running peer; the next one has a disk that works. */
  async troubleDisk(trouble: DiskTrouble | null): Promise<void> {
    await this.#ask({ ask: 'trouble-disk', trouble });
  }

  /** Windows ask for these, in order, within one tick; once there is a peer. */
  write(wishes: readonly Wish[]): void {
    for (const wish of wishes) this.#unanswered.set(wish.id, wish);
    if (this.#isUp) this.#send(wishes);
  }

  /** Asks again for what a disk did not take: the text stands in its box, and the person presses Enter. */
  writeAgain(): void {
    this.write(this.#inBox.splice(0));
  }

  /** Everything that was asked for is answered. */
  answered(): Promise<void> {
    return this.until('has an answer for everything', () => this.#unanswered.size === 0);
  }

  /** Everything that was asked for is answered, and nothing waits for the contact any longer. */
  async rest(): Promise<void> {
    await this.#insist(async (peer) => {
      this.writeAgain();
      await this.answered();
      await peer.ask({ ask: 'rest' });
    });
  }

  /** Deletes what was said. */
  async clear(): Promise<void> {
    await this.#insist((peer) => peer.ask({ ask: 'clear' }));
  }

  conversation(): Promise<Answers['conversation']> {
    return this.#insist((peer) => peer.ask({ ask: 'conversation' }));
  }

  /** Messages that wait in any outbox. */
  async waiting(): Promise<number> {
    return (await this.#insist((peer) => peer.ask({ ask: 'outboxes' }))).waiting;
  }

  /** A workspace is deleted while VS Code is closed. */
  deleteWorkspace(folder: string): void {
    if (this.#child !== null) throw new Error('workspaces are deleted while VS Code is closed');
    rmSync(folder, { recursive: true, force: true });
  }

  /** Copies everything that lies on the disk, while VS Code is closed. */
  backUp(to: string): void {
    cpSync(this.#place.folder, to, { recursive: true });
  }

  /** Puts a copy back in the place of what lies on the disk, while VS Code is closed. */
  restore(from: string, part: '.' | 'global' | `workspace-${number}` = '.'): void {
    const folder = join(this.#place.folder, part);
    rmSync(folder, { recursive: true, force: true });
    cpSync(join(from, part), folder, { recursive: true });
  }

  /** Resolves when it is so; asked again whenever something happens to this person. @throws what went wrong */
  async until(what: string, isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      this.#mustBeWell();
      if (this.#life === null) throw new Error(`${this.name} is not there, and so never ${what}`);
      await new Promise<void>((look) => this.#watching.push(look));
    }
    this.#mustBeWell();
  }

  /** What the peer printed and logged, for a run that failed. */
  async report(): Promise<string> {
    const log = this.#child?.ask({ ask: 'log' }) ?? Promise.resolve({ lines: [] });
    const { lines: logged } = await within(`${this.name}'s peer tells its log`, LOG_MS, log).catch(
      (error: unknown) => ({ lines: [String(error)] }),
    );
    const lines = [this.#child?.output ?? this.#lastReport, ...logged];
    return [`${this.name}, who died ${this.#deaths} times:`, ...lines].join('\n  ');
  }

  async #live(): Promise<void> {
    while (this.#shallLive()) {
      const child = new PeerChild(this.#place.program, (outcomes) => this.#heard(outcomes));
      this.#child = child;
      try {
        this.#port = (await child.ask({ ask: 'start', setup: this.#nextSetup() })).port;
        this.#isUp = true;
        this.#send([...this.#unanswered.values()]);
        this.#look();
      } catch (error) {
        if (!(error instanceof PeerDied)) {
          this.#wrong = error instanceof Error ? error : new Error(String(error));
          child.kill();
        }
      }
      const { killed } = await child.gone;
      this.#child = null;
      this.#isUp = false;
      this.#lastReport = child.output;
      this.#deaths += 1;
      if (!killed && this.#shallLive())
        this.#wrong = new Error(`${this.name}'s peer ended by itself:\n${child.output}`);
      this.#look();
    }
    this.#life = null;
    this.#look();
  }

  /** Asks the peer that is up, and the next one when that dies before it answers. */
  async #insist<T>(work: (peer: PeerChild) => Promise<T>): Promise<T> {
    for (;;) {
      await this.comeBack();
      const peer = this.#child;
      try {
        if (peer !== null) return await work(peer);
      } catch (error) {
        if (!(error instanceof PeerDied)) throw error;
        await peer?.gone;
      }
    }
  }

  #shallLive(): boolean {
    return this.#wanted && this.#wrong === null;
  }

  #nextSetup(): Setup {
    if (this.#contact === null) throw new Error(`${this.name} knows nobody`);
    const armed = this.#armedNext;
    this.#armedNext = null;
    return {
      globalStorage: join(this.#place.folder, 'global'),
      identityKey: exportPrivateKey(this.#keys.identity),
      deviceKey: exportPrivateKey(this.#keys.device),
      name: this.name,
      server: this.#place.server(),
      other: { ...this.#contact },
      road: this.#place.road(),
      clockOffset: this.#clockOffset,
      open: this.open,
      workspaces: this.windows.filter((folder) => folder !== null),
      armed,
    };
  }

  #send(wishes: readonly Wish[]): void {
    if (wishes.length === 0) return;
    for (const wish of wishes) this.ledger.requested(wish);
    void this.#ask({ ask: 'write', wishes: [...wishes] });
  }

  /** Asks the running peer, if there is one; what a peer does not hear since it dies is not asked again. */
  async #ask(question: Parameters<PeerChild['ask']>[0]): Promise<void> {
    if (!this.#isUp) return;
    try {
      await this.#child?.ask(question);
    } catch (error) {
      if (error instanceof PeerDied) return;
      this.#wrong ??= error instanceof Error ? error : new Error(String(error));
      this.#look();
    }
  }

  #heard(outcomes: readonly Outcome[]): void {
    for (const { id, code } of outcomes) {
      const wish = this.#unanswered.get(id);
      this.#unanswered.delete(id);
      if (code === null) this.ledger.answered(id);
      else if (code === 'storage-failed') this.#inBox.push(...(wish === undefined ? [] : [wish]));
      else if (code === 'internal' && this.ledger.changes.has(id)) this.ledger.changes.refused(id);
      else this.#wrong ??= new Error(`${this.name} could not write: ${code}`);
    }
    this.#look();
  }

  #look(): void {
    for (const look of this.#watching.splice(0)) look();
  }

  #mustBeWell(): void {
    if (this.#wrong !== null) throw this.#wrong;
  }
}

/** A UUIDv7 as a window makes it, but for the time: 0 in all of them, since ids order nothing. */
export function newMessageId(): string {
  const hex = randomBytes(10).toString('hex');
  return `00000000-0000-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}
