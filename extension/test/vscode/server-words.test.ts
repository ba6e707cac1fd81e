import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProblemCode, Status } from '../../src/peer-api.ts';
import {
  addressChoices,
  addressPrompt,
  afterStart,
  isMissed,
  moveQuestion,
  remedyLabel,
  startFailure,
} from '../../src/vscode/server-words.ts';
import { fakeId } from '../fake-peer.ts';
import { english } from './english.ts';

const at = { host: '10.0.0.5', port: 41_000 };
const url = 'https://10.0.0.5:41000';
const online = (server: string): Status => ({
  kind: 'online',
  name: 'Sam',
  server,
  identity: fakeId('me'),
  endpoints: [],
});
const problem = (code: ProblemCode, server = url): Status => ({
  kind: 'problem',
  name: 'Sam',
  server,
  problem: { code, message: 'x' },
  retrying: true,
});

describe('the discovery server that is started here', () => {
  test('is offered at each address with who reaches it there', () => {
    const choices = addressChoices(english, [
      { address: '10.0.0.5', network: 'eth0' },
      { address: '127.0.0.1', network: '' },
    ]);
    assert.deepEqual(
      choices.map(({ label, description, value }) => [label, description, value]),
      [
        ['10.0.0.5', 'eth0', '10.0.0.5'],
        ['Only This Computer', '127.0.0.1', '127.0.0.1'],
      ],
    );
    assert.match(choices[0]?.detail ?? '', /Everybody on this network .* can join/);
    assert.match(choices[1]?.detail ?? '', /Nobody else/);
  });

  test('is offered first where it was, and says when this computer is there no longer', () => {
    const addresses = [
      { address: '10.0.0.5', network: 'eth0' },
      { address: '10.1.0.5', network: 'wlan0' },
      { address: '127.0.0.1', network: '' },
    ];
    const offered = (before?: string): string[] =>
      addressChoices(english, addresses, before).map(({ value }) => value);
    assert.deepEqual(offered('10.1.0.5'), ['10.1.0.5', '10.0.0.5', '127.0.0.1']);
    assert.deepEqual(offered('10.2.0.5'), offered());
    assert.match(addressPrompt(english, '10.2.0.5'), /not at 10\.2\.0\.5 any more/);
    assert.doesNotMatch(addressPrompt(english, undefined), /any more/);
  });

  test('that does not start says what is wrong and what to do', () => {
    const failures = (['port-taken', 'address-gone', 'in-use', 'failed'] as const).map((code) =>
      startFailure(english, { code }, at),
    );
    assert.deepEqual(
      failures.map(({ remedies }) => remedies),
      [['another-port', 'forget'], ['another-address', 'forget'], [], ['forget']],
    );
    const [port, address, inUse] = failures.map(({ message }) => message);
    assert.match(port ?? '', /Port 41000.*taken.*new invite/);
    assert.match(address ?? '', /10\.0\.0\.5.*another network.*new invite/);
    assert.match(inUse ?? '', /https:\/\/10\.0\.0\.5:41000.*another window/);
    const labels = new Set(
      (['another-port', 'another-address', 'forget'] as const).map((each) => remedyLabel(english, each)),
    );
    assert.equal(labels.size, 3);
  });

  test('is where whoever has no account goes online; whoever has one elsewhere is asked', () => {
    const nobody = { name: '', server: 'http://127.0.0.1:8000' };
    const elsewhere = { name: 'Sam', server: 'https://chat.example.com' };
    assert.equal(afterStart(url, { kind: 'offline' }, nobody), 'go-online');
    assert.equal(afterStart(url, { kind: 'offline' }, elsewhere), 'ask');
    assert.equal(afterStart(url, online(elsewhere.server), elsewhere), 'ask');
    assert.equal(
      afterStart(url, problem('server-unreachable'), { name: 'Sam', server: `${url}/` }),
      'go-online',
    );
    assert.equal(afterStart(url, online(url), { name: 'Sam', server: url }), 'invite');
    assert.match(
      moveQuestion(english, url, elsewhere.server).detail,
      /You leave https:\/\/chat\.example\.com/,
    );
  });

  test('is started again by a window whose person misses it, and by no other', () => {
    const kept = { ...at, wanted: true };
    assert.ok(isMissed(problem('server-unreachable'), kept));
    assert.ok(!isMissed(problem('server-unreachable'), { ...kept, wanted: false }));
    assert.ok(!isMissed(problem('server-unreachable'), undefined));
    assert.ok(!isMissed(problem('server-unreachable', 'https://chat.example.com'), kept));
    assert.ok(!isMissed(problem('server-changed'), kept));
    assert.ok(!isMissed(online(url), kept));
  });
});
