import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OptionsError, readStartOptions } from '../../scripts/lib/start-options.ts';

describe('the options of npm start', () => {
  it('have an answer for everything', () => {
    assert.deepEqual(readStartOptions([]), {
      port: 8000,
      samPort: 8001,
      carolPort: 8002,
      users: ['Sam', 'Carol'],
      server: undefined,
      browser: false,
      fresh: false,
    });
  });

  it('take one user, another server and other ports', () => {
    const options = readStartOptions([
      '--only',
      'carol',
      '--server',
      'https://chat.example',
      '--carol-port',
      '9',
    ]);
    assert.ok(options !== 'help');
    assert.deepEqual(options.users, ['Carol']);
    assert.equal(options.server, 'https://chat.example');
    assert.equal(options.carolPort, 9);
  });

  for (const [wrong, says] of [
    [['--port', '80a'], /--port is a number/],
    [['--port', '70000'], /--port is a number/],
    [['--sam-port', '8000'], /another/],
    [['--only', 'dave'], /sam or carol/],
    [['--server', 'ftp://x'], /--server is an address/],
    [['--nonsense'], /--nonsense/],
  ] as const) {
    it(`say what is wrong with ${wrong.join(' ')}`, () => {
      assert.throws(
        () => readStartOptions([...wrong]),
        (error) => error instanceof OptionsError && says.test(error.message),
      );
    });
  }
});
