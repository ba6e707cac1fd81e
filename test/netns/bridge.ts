import { Inside, run, tryTo } from './namespaces.ts';

/** The first three octets of the network. */
const NETWORK = '10.92.0';

/** Where the discovery server is, while there is one. */
export const SERVER_ADDRESS = `${NETWORK}.1`;

type Place = 'sam' | 'carol' | 'eve';
const PLACES: readonly Place[] = ['sam', 'carol', 'eve'];

/** Three machines on one bridge, and that one on which the bridge and the discovery server are: one local network. */
export class Bridge {
  readonly #suffix = String(process.pid);
  readonly #inside: Inside[] = [];

  constructor() {
    this.#add('bridge');
    this.#in('bridge', 'ip', 'link', 'add', 'lan', 'type', 'bridge');
    this.#in('bridge', 'ip', 'addr', 'add', `${SERVER_ADDRESS}/24`, 'dev', 'lan');
    this.#in('bridge', 'ip', 'link', 'set', 'lan', 'up');
    for (const [index, place] of PLACES.entries()) {
      this.#add(place);
      const far = `b${index}${this.#suffix}`;
      run('ip', 'link', 'add', 'eth0', 'netns', this.#name(place), 'type', 'veth', 'peer', 'name', far);
      run('ip', 'link', 'set', far, 'netns', this.#name('bridge'));
      this.#in('bridge', 'ip', 'link', 'set', far, 'master', 'lan', 'up');
      this.#in(place, 'ip', 'link', 'set', 'eth0', 'up');
      this.move(place, index + 2);
    }
  }

  /** Gives a machine this address in the network, in place of the one that it has. */
  move(place: Place, last: number): void {
    this.#in(place, 'ip', '-4', 'addr', 'flush', 'dev', 'eth0');
    this.#in(place, 'ip', 'addr', 'add', `${NETWORK}.${last}/24`, 'dev', 'eth0');
  }

  /** Starts a program there; see inside-process.ts. */
  start(place: Place | 'bridge'): Inside {
    const inside = new Inside(this.#name(place));
    this.#inside.push(inside);
    return inside;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#inside.map((inside) => inside.kill()));
    for (const place of [...PLACES, 'bridge']) tryTo(() => run('ip', 'netns', 'del', this.#name(place)));
  }

  #name(place: string): string {
    return `p2p-lan-${place}-${this.#suffix}`;
  }

  #add(place: string): void {
    run('ip', 'netns', 'add', this.#name(place));
    this.#in(place, 'ip', 'link', 'set', 'lo', 'up');
  }

  #in(place: string, ...command: string[]): void {
    run('ip', 'netns', 'exec', this.#name(place), ...command);
  }
}
