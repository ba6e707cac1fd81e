import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Announcement, LocalNetworks } from '../../src/core/net-ports.ts';
import { EventLog } from '../support/event-log.ts';

/** Two devices in one local network. */
export interface LocalWorld {
  readonly near: LocalNetworks;
  readonly far: LocalNetworks;
  /** An address of the network, and one of none that the devices are in. */
  readonly inside: string;
  readonly outside: string;
}

export type Heard =
  | { readonly kind: 'seen'; readonly announcement: Announcement }
  | { readonly kind: 'gone'; readonly instance: string };

/** Begins to listen, and keeps what is heard. */
export function listen(networks: LocalNetworks): EventLog<Heard> {
  const log = new EventLog<Heard>();
  networks.start({
    seen: (announcement) => log.add({ kind: 'seen', announcement }),
    gone: (instance) => log.add({ kind: 'gone', instance }),
  });
  return log;
}

/** An announcement that nobody else makes. */
export function anAnnouncement(port = 4_000): Announcement {
  return { instance: randomUUID().replaceAll('-', ''), port, text: { a: '192.168.1.5', t: 'x=y' } };
}

const of =
  (kind: Heard['kind'], instance: string) =>
  (heard: Heard): boolean =>
    heard.kind === kind &&
    (heard.kind === 'seen' ? heard.announcement.instance : heard.instance) === instance;

/** What holds of local networks, whatever they are made of. */
export function localNetworksContract(
  name: string,
  make: () => LocalWorld,
  skip: string | false = false,
): void {
  const within = async (use: (world: LocalWorld) => Promise<void>): Promise<void> => {
    const world = make();
    try {
      await use(world);
    } finally {
      await Promise.all([world.near.stop(), world.far.stop()]);
    }
  };

  // An announcement takes a second: nobody waits for another's.
  describe(`local networks ${name}`, { skip, concurrency: true }, () => {
    it('others hear what is announced, and who comes later hears it by asking', () =>
      within(async ({ near, far, inside }) => {
        const said = anAnnouncement();
        const early = listen(far);
        listen(near);
        near.announce((addresses) => (addresses.includes(inside) ? said : null));
        const expected = { kind: 'seen', announcement: said };
        assert.deepEqual(await early.first(of('seen', said.instance)), expected);
        await far.stop();
        const late = listen(far);
        far.ask();
        assert.deepEqual(await late.first(of('seen', said.instance)), expected);
      }));

    it('the next announcement takes the place of the one before', () =>
      within(async ({ near, far }) => {
        const [first, second] = [anAnnouncement(), anAnnouncement(4_001)];
        const heard = listen(far);
        listen(near);
        near.announce(() => first);
        await heard.first(of('seen', first.instance));
        near.announce(() => second);
        await heard.first(of('gone', first.instance));
        await heard.first(of('seen', second.instance));
        near.announce(() => null);
        await heard.first(of('gone', second.instance));
      }));

    it('whoever stops takes back what was announced, and hears nothing any longer', () =>
      within(async ({ near, far }) => {
        const [own, other] = [anAnnouncement(), anAnnouncement()];
        const [heard, stopped] = [listen(far), listen(near)];
        near.announce(() => own);
        await heard.first(of('seen', own.instance));
        await near.stop();
        await heard.first(of('gone', own.instance));
        far.announce(() => other);
        await heard.first(of('seen', other.instance));
        assert.ok(!stopped.all.some(of('seen', other.instance)));
      }));

    it('an address is of a network that the device is in, or not', () =>
      within(({ near, inside, outside }) => {
        listen(near);
        assert.deepEqual(
          [inside, outside, 'nothing'].map((address) => near.has(address)),
          [true, false, false],
        );
        return Promise.resolve();
      }));
  });
}
