import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { LocalNetworks, LocalNetworksEvents } from '../core/net-ports.ts';
import type { Clock, Log } from '../core/ports.ts';
import { type Interfaces, localNetworks } from './endpoints.ts';
import { MULTICAST_DNS } from './multicast-socket.ts';
import { MulticastVoice } from './multicast-voice.ts';

/** Networks in which something is said: a laptop is in one or two. */
const MAX_NETWORKS = 4;

/** How long what was found out of the machine's networks is believed, milliseconds, where strangers have it asked for. */
const BELIEVED_MS = 1_000;

export interface LocalNetworksOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** UDP; another one than multicast DNS's for tests, which are not to be heard. */
  readonly port?: number;
  readonly interfaces?: Interfaces;
}

/** Speaks multicast DNS in the networks of this machine. */
export function createLocalNetworks(options: LocalNetworksOptions): LocalNetworks {
  return new MulticastNetworks(options);
}

class MulticastNetworks implements LocalNetworks {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #port: number;
  readonly #interfaces: Interfaces;
  #events: LocalNetworksEvents | null = null;
  /** By the device's IPv4 address in the network. */
  readonly #voices = new Map<string, MulticastVoice>();
  readonly #closing = new Set<Promise<void>>();
  #near: { readonly list: BlockList; readonly at: number } | null = null;
  #isTold = false;

  constructor({ clock, log, port, interfaces }: LocalNetworksOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#port = port ?? MULTICAST_DNS.port;
    this.#interfaces = interfaces ?? networkInterfaces;
  }

  start(events: LocalNetworksEvents): void {
    this.#events = events;
    this.#open();
  }

  announce(make: Parameters<LocalNetworks['announce']>[0]): void {
    for (const [addresses, voice] of this.#open()) voice.say(make(addresses));
  }

  ask(): void {
    for (const voice of this.#voices.values()) voice.ask();
  }

  has(address: string): boolean {
    const list = this.#networks();
    this.#near = { list, at: this.#clock.now() };
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  }

  async stop(): Promise<void> {
    this.#events = null;
    for (const address of [...this.#voices.keys()]) this.#close(address);
    await Promise.all(this.#closing);
  }

  /** One voice in each network of now, with the device's addresses there. */
  #open(): [readonly string[], MulticastVoice][] {
    const events = this.#events;
    if (events === null) return [];
    const networks = localNetworks(this.#interfaces)
      .map(({ addresses }) => ({ address: addresses.find((each) => isIP(each) === 4), addresses }))
      .flatMap(({ address, addresses }) => (address === undefined ? [] : [{ address, addresses }]))
      .slice(0, MAX_NETWORKS);
    const present = new Set(networks.map(({ address }) => address));
    for (const address of [...this.#voices.keys()]) if (!present.has(address)) this.#close(address);
    return networks.map(({ address, addresses }) => {
      const voice = this.#voices.get(address) ?? this.#speak(address, events);
      this.#voices.set(address, voice);
      return [addresses, voice];
    });
  }

  #speak(address: string, events: LocalNetworksEvents): MulticastVoice {
    const voice: MulticastVoice = new MulticastVoice({
      address,
      port: this.#port,
      clock: this.#clock,
      isNear: (from) => this.#isNear(from),
      events,
      failed: (error) => {
        if (this.#voices.get(address) === voice) this.#voices.delete(address);
        this.#tell(error);
      },
    });
    return voice;
  }

  /** The same as `has`, of a moment ago perhaps. @param from IPv4 */
  #isNear(from: string): boolean {
    const near = this.#near;
    if (near === null || Math.abs(this.#clock.now() - near.at) > BELIEVED_MS) return this.has(from);
    return near.list.check(from, 'ipv4');
  }

  #close(address: string): void {
    const voice = this.#voices.get(address);
    if (voice === undefined) return;
    this.#voices.delete(address);
    const closing = voice.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Once: it is tried again whenever something is announced, and mostly fails for the same reason. */
  #tell(error: Error): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#log('info', `Contacts cannot be looked for in the local network: ${error.message}`);
  }

  #networks(): BlockList {
    const list = new BlockList();
    for (const { subnets } of localNetworks(this.#interfaces)) {
      for (const { network, prefix } of subnets) {
        list.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6');
      }
    }
    return list;
  }
}
