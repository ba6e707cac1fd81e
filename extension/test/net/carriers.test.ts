import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { directConversation, encodePublicKey } from '@p2p-chat/protocol/identity';
import { LINK_WINDOW_BYTES } from '@p2p-chat/protocol/limits';
import { LINK_ALPN, type LinkFrame } from '@p2p-chat/protocol/link';
import { makeDevice, type TestDevice } from '../support/devices.ts';
import { textEnvelope } from '../support/envelopes.ts';
import { startForeignStream } from '../support/foreign-stream.ts';
import { systemClock } from '../support/system-clock.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { record } from './channel.contract.ts';
import { localDialer, never, startListening } from './link-world.ts';

/** What carries a link, and all that passed it. */
interface Carrier {
  readonly port: number;
  carried(): Buffer;
  stop(): Promise<void>;
}

const carriers: readonly [string, (target: number) => Promise<Carrier>][] = [
  [
    'the network',
    async (target) => {
      const proxy = await startTcpProxy(target);
      const { near, far } = proxy.record();
      return { port: proxy.port, carried: () => Buffer.concat([...near, ...far]), stop: () => proxy.stop() };
    },
  ],
  ['a relay, in a stream of its own', startForeignStream],
];

const NAME = 'Samuel-whom-nobody-knows';
const TEXT = 'the text of a message';

describe('a link is one for its two ends alone', () => {
  for (const [what, start] of carriers) {
    test(`carried by ${what}, it shows neither texts nor who talks, and each end knows the other`, async () => {
      const listening = await startListening();
      const carrier = await start(listening.port);
      try {
        const [sam, carol] = [await makeDevice(), listening.device];
        const near = await localDialer({ credentials: sam.credentials, clock: systemClock }).dial(
          carol.credentials.identity,
          [{ address: '127.0.0.1', port: carrier.port }],
          never,
        );
        const far = await listening.channels.first(() => true);
        assert.deepEqual(
          [near, far].map(({ identity, device }) => [identity, device]),
          [carol, sam].map(({ credentials }) => [credentials.identity, credentials.device]),
        );
        const [atNear, atFar] = [record(near), record(far)];
        const said = [hello(), messages(sam, carol)];
        for (const frame of said) near.send(frame);
        for (const frame of said) far.send(frame);
        const heard = [await atFar.count(2), await atNear.count(2)];
        for (const events of heard) {
          assert.deepEqual(
            events.map((event) => event.kind === 'frame' && event.frame),
            said,
          );
        }

        const carried = carrier.carried();
        assert.ok(carried.includes(LINK_ALPN), 'the beginning of TLS is in what was carried');
        assert.ok(carried.length > 2 * JSON.stringify(said).length, 'and so is what was said');
        for (const secret of [NAME, TEXT, ...namesOf(sam), ...namesOf(carol)]) {
          assert.ok(!carried.includes(secret), `${secret.toString()} was carried in the clear`);
        }
      } finally {
        await carrier.stop();
        await listening.stop();
      }
    });
  }
});

function hello(): LinkFrame {
  const bootId = '01234567-89ab-4def-8123-456789abcdef';
  return { type: 'hello', bootId, agent: 'test/1', received: null, name: NAME, window: LINK_WINDOW_BYTES };
}

function messages({ credentials: from }: TestDevice, { credentials: to }: TestDevice): LinkFrame {
  const envelope = textEnvelope('Sam', 'Carol', {
    author: from.identity,
    device: from.device,
    conversation: directConversation(from.identity, to.identity),
    body: { text: TEXT },
  });
  return { type: 'messages', messages: [{ envelope, held: false }] };
}

/** By what a device and its identity could be told: fingerprints, and keys as certificates have them. */
function namesOf({ credentials, identityKey, deviceKey }: TestDevice): (string | Buffer)[] {
  const { identity, device } = credentials;
  const keys = [identityKey, deviceKey].map(({ publicKey }) =>
    Buffer.from(encodePublicKey(publicKey), 'base64'),
  );
  return [identity, device, ...[identity, device].map((one) => Buffer.from(one, 'hex')), ...keys];
}
