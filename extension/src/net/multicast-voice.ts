import { randomBytes } from 'node:crypto';
import Bonjour from 'bonjour-service';
import * as z from 'zod/mini';
import { NEARBY_ROTATION_MS, NEARBY_SERVICE } from '@p2p-chat/protocol/nearby';
import { validate } from '@p2p-chat/protocol/text';
import type { Announcement, LocalNetworksEvents } from '../core/net-ports.ts';
import type { Clock } from '../core/ports.ts';
import { MULTICAST_DNS, MulticastSocket } from './multicast-socket.ts';

/** How long whoever keeps an announcement keeps it, seconds. */
const KEPT_FOR_S = (2 * NEARBY_ROTATION_MS) / 1_000;

/** How long a goodbye may take, milliseconds. */
const GOODBYE_MS = 500;

/** Announcements that are remembered until the next question; then they count as new. */
const MAX_HEARD = 256;

/** What is used of an announcement. */
const heard = z.object({ name: z.string(), port: z.int(), txt: z.record(z.string(), z.string()) });

export interface VoiceOptions {
  /** See MulticastSocketOptions. */
  readonly address: string;
  readonly port: number;
  readonly clock: Clock;
  readonly isNear: (address: string) => boolean;
  readonly events: LocalNetworksEvents;
  readonly failed: (error: Error) => void;
}

/** What this device says and hears in one network, in multicast DNS. */
export class MulticastVoice {
  readonly #options: VoiceOptions;
  readonly #socket: MulticastSocket;
  #bonjour: Bonjour | null = null;
  #browser: Bonjour.Browser | null = null;
  #announcement: Announcement | null = null;
  #isClosed = false;

  constructor(options: VoiceOptions) {
    this.#options = options;
    const { address, port, clock, isNear, failed } = options;
    const ready = (): void => this.#begin();
    this.#socket = new MulticastSocket({ address, port, clock, isNear, ready, failed });
  }

  /** From now on this, or nothing, in place of what was said before. */
  say(announcement: Announcement | null): void {
    this.#announcement = announcement;
    if (this.#bonjour === null) return;
    // Before the next one: the library would forget both at once.
    this.#bonjour.unpublishAll();
    if (announcement !== null) publish(this.#bonjour, announcement);
  }

  /** Asks who is there; everybody counts as not heard before. */
  ask(): void {
    if (this.#bonjour === null) return;
    this.#browser?.stop();
    const browser = this.#bonjour.find({ type: NEARBY_SERVICE });
    browser.on('up', (service) => this.#hear(service));
    browser.on('srv-update', (service) => this.#hear(service));
    browser.on('txt-update', (service) => this.#hear(service));
    browser.on('down', ({ name }) => {
      if (!this.#isClosed) this.#options.events.gone(name);
    });
    this.#browser = browser;
  }

  /** Takes back what was said, and ends. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#browser?.stop();
    const bonjour = this.#bonjour;
    if (bonjour === null) return new Promise((closed) => this.#socket.close(closed));
    await new Promise<void>((said) => {
      const late = this.#options.clock.after(GOODBYE_MS, said);
      bonjour.unpublishAll(() => {
        late();
        said();
      });
    });
    await new Promise<void>((closed) => bonjour.destroy(closed));
  }

  #begin(): void {
    if (this.#isClosed) return;
    const { port } = this.#options;
    const options = { socket: this.#socket, bind: false, multicast: false, ip: MULTICAST_DNS.group, port };
    this.#bonjour = new Bonjour(options, () => undefined);
    this.ask();
    this.say(this.#announcement);
  }

  #hear(service: Bonjour.Service): void {
    if (this.#isClosed) return;
    const known = this.#browser?.services.length ?? 0;
    if (known > MAX_HEARD) this.ask();
    let said: z.infer<typeof heard>;
    try {
      said = validate(heard, service);
    } catch {
      return;
    }
    this.#options.events.seen({ instance: said.name, port: said.port, text: said.txt });
  }
}

/**
 * The library tells the machine's name and all its addresses unless it is kept from it. It writes its records only once
 * it has asked whether the name is free, and by then they are ours.
 */
function publish(bonjour: Bonjour, { instance, port, text }: Announcement): void {
  const service = bonjour.publish({
    name: instance,
    type: NEARBY_SERVICE,
    port,
    host: `${randomBytes(8).toString('hex')}.local`,
    txt: text,
    probe: true,
    disableIPv6: true,
  });
  const { fqdn } = service;
  const all = service.records.bind(service);
  service.records = () =>
    all()
      .filter(({ name, data }) => name === fqdn || data === fqdn)
      .map((record) => ({ ...record, ttl: KEPT_FOR_S }));
}
