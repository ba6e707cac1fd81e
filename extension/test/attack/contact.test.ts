import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LINK_WINDOW_BYTES } from '@p2p-chat/protocol/limits';
import { LinkClose } from '@p2p-chat/protocol/link';
import type { TestDevice } from '../support/devices.ts';
import { poisoned } from './poison.ts';
import { type Heard, openLink, type RawLink } from './raw-link.ts';
import { Victim } from './victim.ts';
import { Writer } from './writer.ts';

/** A contact, whose messages are taken, who counts wrongly, says things twice, or sends very much. */

/** Such as fit into a frame. */
const MESSAGES_A_FRAME = 400;

let victim: Victim;
let trudy: TestDevice;
before(async () => {
  victim = await Victim.start();
  trudy = await victim.newContact('Trudy');
});
// A filter may choose none of these tests.
after(() => (victim as Victim | undefined)?.stop());

/** Trudy links anew and says these frames. */
async function say(...frames: readonly (object | string)[]): Promise<RawLink> {
  const link = await openLink(victim.port, trudy.credentials);
  link.say(...frames);
  return link;
}

async function endsWith(link: RawLink, fault: string): Promise<void> {
  const { code, reason } = await link.closed();
  assert.deepEqual([code, reason], [LinkClose.protocolError, fault]);
}

/** A receipt for everything before `next`; fails when the link ends instead. */
async function receipt(link: RawLink, next: number): Promise<void> {
  const outcome = await link.heard.first((event) => event.kind === 'closed' || isReceipt(event, next));
  assert.equal(outcome.kind, 'frame', JSON.stringify(outcome));
}

function isReceipt(event: Heard, next: number): boolean {
  return event.kind === 'frame' && event.frame.type === 'receipt' && event.frame.next >= next;
}

async function texts(): Promise<readonly (string | null)[]> {
  return (await victim.stored()).messages[trudy.credentials.identity] ?? [];
}

describe('a contact', () => {
  test('who goes back to an epoch that ended is cut off, and nothing of it is stored', async () => {
    const [first, second] = [new Writer(trudy, victim), new Writer(trudy, victim)];
    await first.deliver('of the first epoch');
    await second.deliver('of the second epoch');
    const kept = await texts();
    assert.deepEqual(kept.slice(-2), ['of the first epoch', 'of the second epoch']);

    const old = await say(first.hello(), first.begin(), first.messages(first.envelope('old')));
    await endsWith(old, 'an epoch that ended');
    await second.deliver('of the second epoch again');
    assert.deepEqual(await texts(), [...kept, 'of the second epoch again']);
    await victim.servesAnHonestUser();
  });

  test('whose frame of messages comes twice is cut off, and has each message stored once', async () => {
    const kept = await texts();
    const writer = new Writer(trudy, victim);
    const frame = writer.messages(writer.envelope('one', 1), writer.envelope('two', 2));

    const after = await say(writer.hello(), writer.begin(), frame);
    await receipt(after, 3);
    after.say(frame);
    await endsWith(after, 'a gap in the sequence');
    const atOnce = await say(writer.hello(), writer.begin(), frame, frame);
    await endsWith(atOnce, 'a gap in the sequence');

    // As often as a link begins anew with it, it is acknowledged and dropped.
    const again = await say(writer.hello(), writer.begin(), frame);
    await receipt(again, 3);
    again.socket.destroy();
    assert.deepEqual(await texts(), [...kept, 'one', 'two']);
    await victim.servesAnHonestUser();
  });

  test('who acknowledges twice, or less than before, changes nothing; more than was sent ends the link', async () => {
    const { identity } = trudy.credentials;
    const writer = new Writer(trudy, victim);
    const link = await say(writer.hello());
    await victim.write(identity, 'to Trudy');
    const begun = await link.heard.first((event) => event.kind === 'frame' && event.frame.type === 'begin');
    assert.ok(begun.kind === 'frame' && begun.frame.type === 'begin');
    const { epoch, next } = begun.frame;
    const upTo = (seq: number): object => ({ type: 'receipt', epoch, next: seq, refused: [] });
    link.say(upTo(next + 1), upTo(next + 1), upTo(next), upTo(next + 1));
    // What the link still takes shows that all of that was no fault.
    link.say(writer.begin(), writer.messages(writer.envelope('thank you')));
    await receipt(link, 2);
    assert.deepEqual((await victim.stored()).states[identity], ['delivered']);

    await victim.write(identity, 'to Trudy again');
    link.say(upTo(next + 3));
    await endsWith(link, 'a receipt for what was not sent');
    await victim.servesAnHonestUser();
  });

  test('whose messages carry keys that would bend every object has them stored, shown, and bends nothing', async () => {
    const kept = await texts();
    const writer = new Writer(trudy, victim);
    const link = await say(
      poisoned(writer.hello()),
      poisoned(writer.begin()),
      poisoned(writer.messages(writer.envelope('poisoned text', 1))),
      poisoned(
        writer.messages(writer.envelope('', 2, { kind: 'unheard-of', body: { of: [{}, { a: {} }] } })),
      ),
    );
    await receipt(link, 3);
    link.socket.destroy();
    assert.deepEqual(await texts(), [...kept, 'poisoned text', null]);
    await victim.bendsNothing();
    await victim.servesAnHonestUser();
  });

  test('is never throttled within the window: 10,000 messages in a row, each stored once', async () => {
    const kept = await texts();
    const writer = new Writer(trudy, victim);
    const link = await say(writer.hello(), writer.begin());
    const written = Array.from({ length: 10_000 }, (_, index) => `flush ${index + 1}`);
    const frames: { readonly text: string; readonly next: number }[] = [];
    for (let at = 0; at < written.length; at += MESSAGES_A_FRAME) {
      const batch = written.slice(at, at + MESSAGES_A_FRAME);
      const envelopes = batch.map((text, index) => writer.envelope(text, at + index + 1));
      frames.push({ text: JSON.stringify(writer.messages(...envelopes)), next: at + batch.length + 1 });
    }
    let acknowledged = 0;
    for (const [at, { text }] of frames.entries()) {
      const sent = frames.slice(0, at + 1);
      while (bytesOf(sent.slice(acknowledged)) > LINK_WINDOW_BYTES) {
        await receipt(link, frames[acknowledged]?.next ?? 0);
        acknowledged += 1;
      }
      link.say(text);
    }
    await receipt(link, written.length + 1);
    link.socket.destroy();
    assert.deepEqual(await texts(), [...kept, ...written]);
    await victim.servesAnHonestUser();
  });
});

function bytesOf(frames: readonly { readonly text: string }[]): number {
  return frames.reduce((sum, { text }) => sum + text.length, 0);
}
