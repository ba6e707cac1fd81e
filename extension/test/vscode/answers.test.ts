import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  checkEndpoint,
  checkListenHost,
  checkListenPort,
  checkName,
  checkServer,
  checkStatusText,
  endpointText,
  suggestName,
  type Checked,
} from '../../src/vscode/answers.ts';
import { english } from './english.ts';

const value = <T>(checked: Checked<T>): T | undefined => (checked.ok ? checked.value : undefined);
const why = <T>(checked: Checked<T>): string => (checked.ok ? '' : checked.why);

describe('answers', () => {
  test('an address is normalised to its origin', () => {
    const cases = {
      'http://127.0.0.1:8000': 'http://127.0.0.1:8000',
      ' http://localhost:8000/ ': 'http://localhost:8000',
      'HTTP://[::1]:8000': 'http://[::1]:8000',
      'https://Chat.Example.com': 'https://chat.example.com',
      'https://chat.example.com:443/': 'https://chat.example.com',
      'chat.example.com': 'https://chat.example.com',
      '10.0.0.5:8443': 'https://10.0.0.5:8443',
      '127.0.0.1:8000': 'http://127.0.0.1:8000',
      'localhost:8000': 'http://localhost:8000',
      'chat.localhost:8000': 'https://chat.localhost:8000',
    };
    for (const [input, origin] of Object.entries(cases)) {
      assert.equal(value(checkServer(english, input)), origin, input);
    }
  });

  test('a bad address is refused with the reason', () => {
    assert.match(why(checkServer(english, '')), /Enter/);
    assert.match(why(checkServer(english, 'http://')), /no address/);
    assert.match(why(checkServer(english, 'a b')), /no address/);
    assert.match(why(checkServer(english, 'ftp://127.0.0.1')), /https/);
    assert.match(why(checkServer(english, 'vscode://p2p-chat.p2p-chat/join?s=1')), /takes an invite/);
    assert.match(why(checkServer(english, 'vscode-insiders://p2p-chat.p2p-chat/join')), /takes an invite/);
    assert.match(why(checkServer(english, 'https://me:secret@chat.example.com')), /password/);
    assert.match(why(checkServer(english, 'https://chat.example.com/team')), /nothing after/);
    assert.match(why(checkServer(english, 'https://chat.example.com?x=1')), /nothing after/);
  });

  test('without encryption only this computer is good enough', () => {
    assert.match(why(checkServer(english, 'http://chat.example.com')), /encryption/);
    assert.match(why(checkServer(english, 'http://192.168.1.5:8000')), /encryption/);
    assert.match(why(checkServer(english, 'http://127.0.0.1.example.com')), /encryption/);
    assert.match(why(checkServer(english, 'http://chat.localhost:8000')), /encryption/);
    assert.equal(value(checkServer(english, 'http://127.1.2.3:8000')), 'http://127.1.2.3:8000');
  });

  test('a name follows the protocol', () => {
    assert.equal(value(checkName(english, ' Carol ')), 'Carol');
    assert.match(why(checkName(english, '')), /Enter/);
    assert.match(why(checkName(english, 'Kärol')), /letters/);
    assert.match(why(checkName(english, 'a b')), /letters/);
    assert.match(why(checkName(english, '-_.')), /at least one letter or digit/);
    assert.match(why(checkName(english, 'x'.repeat(33))), /32 characters; this one has 33/);
  });

  test('a host is an IP literal or empty', () => {
    assert.equal(value(checkListenHost(english, '')), '');
    assert.equal(value(checkListenHost(english, '192.168.1.5')), '192.168.1.5');
    assert.equal(value(checkListenHost(english, '[fe80::1]')), 'fe80::1');
    assert.match(why(checkListenHost(english, 'localhost')), /IP address/);
  });

  test('a port is free choice, or from 1024', () => {
    assert.equal(value(checkListenPort(english, '')), 0);
    assert.equal(value(checkListenPort(english, '0')), 0);
    assert.equal(value(checkListenPort(english, '1024')), 1024);
    assert.equal(value(checkListenPort(english, '65535')), 65_535);
    for (const input of ['80', '1023', '65536', '-1', '8e3', 'x', '1.5']) {
      assert.match(why(checkListenPort(english, input)), /1024 to 65535/, input);
    }
  });

  test('a status is one line of up to 80 characters; nothing clears it', () => {
    assert.equal(value(checkStatusText(english, '')), '');
    assert.equal(value(checkStatusText(english, '  In a\n\u202emeeting ')), 'In a meeting');
    assert.equal(value(checkStatusText(english, '👩‍💻')), '👩‍💻');
    assert.equal(value(checkStatusText(english, '🙂'.repeat(80))), '🙂'.repeat(80));
    assert.match(why(checkStatusText(english, 'x'.repeat(81))), /80 characters; this one has 81/);
  });

  test('the name offered is the system name without what a name may not have', () => {
    assert.equal(suggestName('carol'), 'carol');
    assert.equal(suggestName('CORP\\Jörg Müller'), 'Jorg-Muller');
    assert.equal(suggestName('名前'), '');
    assert.equal(suggestName('名-前'), '');
    assert.equal(suggestName('x'.repeat(40)).length, 32);
  });

  test('an address of a contact is an IP address and a port, or nothing', () => {
    const cases = {
      '192.168.1.20:4000': { address: '192.168.1.20', port: 4_000 },
      ' [fd00::20]:65535 ': { address: 'fd00::20', port: 65_535 },
      '127.0.0.1:4000': { address: '127.0.0.1', port: 4_000 },
      '': null,
      ' ': null,
    };
    for (const [input, endpoint] of Object.entries(cases)) {
      assert.deepEqual(value(checkEndpoint(english, input)), endpoint, input);
      if (endpoint !== null) assert.deepEqual(endpointText(endpoint), input.trim());
    }
    for (const input of [
      '192.168.1.20',
      'carols-laptop:4000',
      'fd00::20:4000',
      '[192.168.1.20]:4000',
      ':4000',
      '1.2.3:4000',
    ]) {
      assert.match(why(checkEndpoint(english, input)), /an IP address and a port, such as/, input);
    }
    for (const input of ['192.168.1.20:80', '192.168.1.20:0', '[fd00::20]:70000']) {
      assert.match(why(checkEndpoint(english, input)), /from 1024 to 65535/, input);
    }
    for (const input of ['0.0.0.0:4000', '224.0.0.251:5353', '[ff02::fb]:5353']) {
      assert.match(why(checkEndpoint(english, input)), /not the address of one computer/, input);
    }
  });
});
