import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkClose, type LinkFrame } from '@p2p-chat/protocol/link';
import type { Channel } from '../../src/core/net-ports.ts';
import { EventLog } from '../support/event-log.ts';

/** Two ends of one channel, not bound yet, and what a network can do to it. */
export interface ChannelWorld {
  /** The end that dialled. */
  readonly near: Channel;
  readonly far: Channel;
  /** The connection just ends. */
  readonly cut: () => void;
  stop(): Promise<void>;
}

type ChannelEvent =
  | { readonly kind: 'frame'; readonly frame: LinkFrame; readonly bytes: number }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

/** Binds a channel to a log of what it tells. */
export function record(channel: Channel, onFrame?: (frame: LinkFrame) => void): EventLog<ChannelEvent> {
  const log = new EventLog<ChannelEvent>();
  channel.bind({
    frame: (frame, bytes) => {
      log.add({ kind: 'frame', frame, bytes });
      onFrame?.(frame);
    },
    closed: (code, reason) => log.add({ kind: 'closed', code, reason }),
  });
  return log;
}

/** The end of a recorded channel. */
export async function ending(log: EventLog<ChannelEvent>): Promise<{ code: number; reason: string }> {
  const { code, reason } = await log.first((event) => event.kind === 'closed');
  return { code, reason };
}

/** A frame that can be told from others by its number. */
export function numbered(next: number): LinkFrame {
  return { type: 'receipt', epoch: '01234567-89ab-4def-8123-456789abcdef', next, refused: [] };
}

function numbers(log: EventLog<ChannelEvent>): number[] {
  return log.all.flatMap((event) =>
    event.kind === 'frame' && event.frame.type === 'receipt' ? [event.frame.next] : [],
  );
}

/** What is true of every Channel, whatever carries it. */
export function channelContract(name: string, open: () => Promise<ChannelWorld>): void {
  const contract = (title: string, run: (world: ChannelWorld) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const world = await open();
      try {
        await run(world);
      } finally {
        await world.stop();
      }
    });
  };

  contract('says who is at the other end and who dialled', async ({ near, far }) => {
    record(near);
    record(far);
    assert.notEqual(near.identity, far.identity);
    assert.notEqual(near.device, far.device);
    assert.equal(near.dialled, true);
    assert.equal(far.dialled, false);
    assert.equal(near.path, far.path);
    assert.equal(near.endpoint === null, near.path === 'relayed');
    assert.equal(far.endpoint, null);
    return Promise.resolve();
  });

  contract('carries frames both ways, in order, with their size', async ({ near, far }) => {
    const atNear = record(near);
    const atFar = record(far);
    const sizes = [1, 2, 3].map((next) => near.send(numbered(next)));
    far.send(numbered(9));
    await atFar.count(3);
    await atNear.count(1);
    assert.deepEqual(numbers(atFar), [1, 2, 3]);
    assert.deepEqual(numbers(atNear), [9]);
    assert.deepEqual(
      atFar.all.map((event) => (event.kind === 'frame' ? event.bytes : 0)),
      sizes,
    );
    assert.equal(sizes[0], Buffer.byteLength(JSON.stringify(numbered(1))));
  });

  contract('keeps frames until it is bound', async ({ near, far }) => {
    record(near);
    near.send(numbered(1));
    near.send(numbered(2));
    await new Promise(setImmediate);
    const atFar = record(far);
    await atFar.count(2);
    assert.deepEqual(numbers(atFar), [1, 2]);
  });

  contract(
    'tells both ends the code once, after all frames, and the reason to nobody but who gives it',
    async ({ near, far }) => {
      const atNear = record(near);
      const atFar = record(far);
      near.send(numbered(1));
      near.close(LinkClose.goingAway, 'bye');
      near.close(LinkClose.replaced, 'again');
      assert.deepEqual(await ending(atFar), { code: LinkClose.goingAway, reason: '' });
      assert.deepEqual(await ending(atNear), { code: LinkClose.goingAway, reason: 'bye' });
      assert.deepEqual(numbers(atFar), [1]);
      assert.equal(atFar.all.length, 2);
      assert.equal(atNear.all.length, 1);
    },
  );

  contract('drops what is sent after the close', async ({ near, far }) => {
    record(near);
    const atFar = record(far);
    near.close(LinkClose.goingAway, '');
    assert.equal(near.send(numbered(1)), Buffer.byteLength(JSON.stringify(numbered(1))));
    await ending(atFar);
    assert.deepEqual(numbers(atFar), []);
  });

  contract('hands over nothing but the end after its own close', async ({ near, far }) => {
    const atNear = record(near);
    const atFar = record(far, () => far.close(LinkClose.protocolError, 'enough'));
    near.send(numbered(1));
    near.send(numbered(2));
    near.send(numbered(3));
    assert.equal((await ending(atNear)).code, LinkClose.protocolError);
    await ending(atFar);
    assert.deepEqual(numbers(atFar), [1]);
  });

  contract('does not call closed from within close', async ({ near, far }) => {
    record(far);
    const atNear = record(near);
    near.close(LinkClose.goingAway, '');
    assert.equal(atNear.all.length, 0);
    await ending(atNear);
  });

  contract('hands over frames and end that came before it was bound', async ({ near, far }) => {
    const atNear = record(near);
    near.send(numbered(1));
    near.close(LinkClose.goingAway, 'bye');
    await new Promise(setImmediate);
    const atFar = record(far);
    assert.deepEqual(await ending(atFar), { code: LinkClose.goingAway, reason: '' });
    assert.deepEqual(numbers(atFar), [1]);
    await ending(atNear);
  });

  contract('ends both sides with 1006 when the connection is cut', async ({ near, far, cut }) => {
    const atNear = record(near);
    const atFar = record(far);
    near.send(numbered(1));
    await atFar.count(1);
    cut();
    assert.equal((await ending(atNear)).code, 1006);
    assert.equal((await ending(atFar)).code, 1006);
    assert.equal(atNear.all.length, 1);
  });
}
