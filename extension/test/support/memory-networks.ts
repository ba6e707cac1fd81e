import type { Announcement, LocalNetworks, LocalNetworksEvents } from '../../src/core/net-ports.ts';

/** One local network in memory, in which whoever speaks is heard by all at once, themselves too. */
export class MemoryNetwork {
  readonly #members = new Set<MemoryMember>();
  /** Everything that was announced, with addresses or without. */
  readonly said: Announcement[] = [];

  /** A device's place in it. @param addresses its own, of now */
  join(addresses: () => readonly string[]): LocalNetworks {
    return new MemoryMember(this, addresses);
  }

  /** Somebody announces something, whoever it is. */
  say(announcement: Announcement): void {
    this.said.push(announcement);
    for (const member of this.#members) member.events?.seen(announcement);
  }

  /** Somebody withdraws something, whoever it is. */
  withdraw(instance: string): void {
    for (const member of this.#members) member.events?.gone(instance);
  }

  /** Who is there announces themselves again. */
  get present(): Announcement[] {
    return [...this.#members].flatMap(({ announced }) => announced ?? []);
  }

  enter(member: MemoryMember): void {
    this.#members.add(member);
  }

  leave(member: MemoryMember): void {
    this.#members.delete(member);
  }
}

class MemoryMember implements LocalNetworks {
  events: LocalNetworksEvents | null = null;
  announced: Announcement | null = null;
  readonly #network: MemoryNetwork;
  readonly #addresses: () => readonly string[];

  constructor(network: MemoryNetwork, addresses: () => readonly string[]) {
    this.#network = network;
    this.#addresses = addresses;
  }

  start(events: LocalNetworksEvents): void {
    this.events = events;
    this.#network.enter(this);
  }

  announce(make: (addresses: readonly string[]) => Announcement | null): void {
    if (this.events === null) return;
    this.#withdraw();
    this.announced = make(this.#addresses());
    if (this.announced !== null) this.#network.say(this.announced);
  }

  ask(): void {
    for (const announcement of this.#network.present) this.events?.seen(announcement);
  }

  has(address: string): boolean {
    const own = this.#addresses()[0]?.split('.').slice(0, 3).join('.');
    return address.split('.').slice(0, 3).join('.') === own;
  }

  stop(): Promise<void> {
    this.events = null;
    this.#network.leave(this);
    this.#withdraw();
    return Promise.resolve();
  }

  #withdraw(): void {
    const before = this.announced;
    this.announced = null;
    if (before !== null) this.#network.withdraw(before.instance);
  }
}
