import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import {
  directConversation,
  encodePublicKey,
  fingerprintOf,
  importPrivateKey,
} from '@p2p-chat/protocol/identity';
import { Chat } from '../../src/core/chat.ts';
import { Outboxes } from '../../src/core/outboxes.ts';
import { bodyFault, changeOf, replyOf } from '@p2p-chat/protocol/kinds';
import { MAX_STATUS_LENGTH } from '@p2p-chat/protocol/limits';
import { linkFrame } from '@p2p-chat/protocol/link';
import { decodeJson } from '@p2p-chat/protocol/text';
import { FakeClock } from '../support/fake-clock.ts';
import { type MemoryChannel, memoryChannelPair } from '../support/memory-channel.ts';
import { MemoryNetwork } from '../support/memory-networks.ts';
import { memoryHistory, memoryOutbox } from '../support/memory-stores.ts';

const document = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

/** The fenced blocks of the page, in order: language, name and text. */
const blocks = [...document.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(([, language, name, text]) => ({
  language,
  name: name ?? '',
  text: text ?? '',
}));

function block(name: string): string {
  const found = blocks.find((candidate) => candidate.name === name);
  assert.ok(found, `docs/protocol.md has a block "${name}"`);
  return found.text;
}

const key = (name: string) => importPrivateKey(block(name));
const fingerprint = (name: string) => fingerprintOf(key(name).publicKey);

describe('docs/protocol.md', () => {
  it('gives the fingerprints of its keys', () => {
    for (const name of ['sam-identity', 'sam-device', 'carol-identity', 'carol-device']) {
      assert.ok(document.includes(`\`${fingerprint(name)}\``), name);
    }
    assert.equal(encodePublicKey(key('sam-identity').publicKey), block('sam-identity-spki').trim());
  });

  it('names the conversation as both ends compute it', () => {
    const conversation = block('conversation').trim();
    assert.equal(
      directConversation(fingerprint('sam-identity'), fingerprint('carol-identity')),
      conversation,
    );
    assert.equal(
      directConversation(fingerprint('carol-identity'), fingerprint('sam-identity')),
      conversation,
    );
  });

  it('shows the body of each kind, with everything that a reader knows of it', () => {
    const body = (kind: string): Record<string, z.core.util.JSONType> =>
      z.record(z.string(), z.json()).parse(JSON.parse(block(kind)));
    const text = { kind: 'text', body: body('text') };
    assert.deepEqual([bodyFault(text), replyOf(text)?.by], [null, 'recipient']);
    for (const kind of ['edit', 'delete', 'reaction'] as const) {
      assert.deepEqual(changeOf({ kind, body: body(kind) }), { kind, ...body(kind) });
    }
  });

  it('shows a status as it is read', () => {
    const text = block('status');
    assert.deepEqual(decodeJson(linkFrame, text), JSON.parse(text));
    assert.ok(document.includes(`up to ${MAX_STATUS_LENGTH} characters of Unicode`));
  });

  it('shows a conversation on a link in which a peer answers exactly so', async () => {
    const clock = new FakeClock();
    const history = memoryHistory();
    const sam = { identity: fingerprint('sam-identity'), device: fingerprint('sam-device') };
    const carol = { identity: fingerprint('carol-identity'), device: fingerprint('carol-device') };
    history.saveContact({
      identity: sam.identity,
      server: 'http://127.0.0.1:8000',
      name: 'Sam',
      trust: 'unverified',
      standing: 'accepted',
      beforeBlock: null,
      changedTo: null,
      rejected: [],
      endpoints: [],
      lastSeen: null,
      readUpTo: 0,
      formerServers: [],
      theyReadUpTo: 0,
      muted: false,
      pinned: false,
      statusText: '',
      nearbyKey: null,
      typedEndpoint: null,
    });
    const talk = blocks
      .filter(({ name }) => /^(dialer|listener)(-again)?$/.test(name))
      .map(({ name, text }) => ({ name, frame: decodeJson(linkFrame, text) }));
    const hello = talk.find(({ name, frame }) => name === 'listener' && frame.type === 'hello')?.frame;
    assert.ok(hello?.type === 'hello');

    const ignore = (): void => undefined;
    const chat = new Chat({
      ...carol,
      bootId: hello.bootId,
      agent: hello.agent,
      clock,
      random: { uuid: () => assert.fail('Carol writes nothing'), fraction: () => 0 },
      log: ignore,
      history,
      outboxes: new Outboxes(() => memoryOutbox(), history, clock, ignore),
      dialer: { dial: () => assert.fail('Carol dials nobody') },
      localNetworks: new MemoryNetwork().join(() => []),
      name: () => 'Carol',
      successions: [],
      formerIdentities: [],
      events: {
        contact: ignore,
        directory: ignore,
        messages: ignore,
        arrived: ignore,
        typing: ignore,
        notice: ignore,
        contactReplaced: ignore,
        contactRemoved: ignore,
        forgotten: ignore,
      },
    });
    chat.goOnline(
      {
        start: ignore,
        announce: ignore,
        watch: ignore,
        unwatch: ignore,
        page: () => Promise.resolve({ users: [], next: null }),
        lookUp: () => Promise.resolve(null),
        rename: () => assert.fail('Carol keeps her name'),
        deleteAccount: () => assert.fail('Carol keeps her account'),
        offers: { dialBack: false, relay: false },
        dialBack: () => assert.fail('Carol asks nobody'),
        relay: () => assert.fail('Carol asks nobody'),
        stop: () => Promise.resolve(),
      },
      'http://127.0.0.1:8000',
      () => [],
    );
    const answers: { name: string; frame: unknown }[] = [];
    const dial = async (listener: string): Promise<MemoryChannel> => {
      const [near, far] = memoryChannelPair(sam, carol);
      near.bind({
        frame: (frame) => answers.push({ name: listener, frame }),
        closed: (code, reason) => answers.push({ name: listener, frame: { code, reason } }),
      });
      await chat.accept(far);
      return near;
    };
    const links: Record<string, MemoryChannel> = {};
    for (const { name, frame } of talk) {
      if (name === 'dialer' || name === 'dialer-again') {
        if (name === 'dialer-again') links['dialer']?.cut();
        links[name] ??= await dial(name.replace('dialer', 'listener'));
        links[name].send(frame);
      }
      await clock.settle();
    }
    assert.deepEqual(
      answers.filter(({ frame }) => JSON.stringify(frame) !== '{"code":1006,"reason":""}'),
      talk.filter(({ name }) => name.startsWith('listener')),
    );
    chat.stop();
  });
});
