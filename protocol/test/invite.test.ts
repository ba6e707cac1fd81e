import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Invite, formatInvite, parseInvite } from '../src/invite.ts';
import { MAX_JOIN_CODE } from '../src/limits.ts';
import { MalformedError } from '../src/text.ts';

const invite: Invite = {
  v: '1',
  server: 'https://chat.example.com:8443',
  key: 'ab'.repeat(32),
  name: 'Sam.O-Brien_2',
  identity: 'cd'.repeat(32),
  code: 'söme + & = %26 # code/?',
};

/** The query of this invite with some values changed, left out (undefined) or added. */
function query(changes: Readonly<Record<string, string | undefined>>): string {
  const found = new URLSearchParams();
  for (const [key, text] of Object.entries({ ...invite, code: 'c2VjcmV0', ...changes })) {
    if (text !== undefined) found.append(key, text);
  }
  return found.toString();
}

const sentence = (text: string): string => {
  try {
    parseInvite(text);
  } catch (error) {
    assert.ok(error instanceof MalformedError);
    return error.message;
  }
  return assert.fail(`"${text}" was taken for an invite`);
};

describe('an invite', () => {
  it('is read as it was written, with and without its optional parts', () => {
    assert.deepEqual(parseInvite(formatInvite(invite)), invite);
    const { key, code, ...least } = invite;
    assert.ok(key !== undefined && code !== undefined);
    assert.deepEqual(parseInvite(formatInvite(least)), least);
    assert.deepEqual(parseInvite(`?${formatInvite(least)}`), least);
  });

  it('carries any join code, also through a program that decodes the link before it hands it on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), (code) => {
        const link = formatInvite({ ...invite, code });
        assert.equal(parseInvite(link).code, code);
        assert.equal(parseInvite(decodeURIComponent(link)).code, code);
      }),
    );
    const longest = '☃'.repeat(MAX_JOIN_CODE);
    assert.equal(parseInvite(formatInvite({ ...invite, code: longest })).code, longest);
  });

  it('may have parts that a later version added', () => {
    assert.deepEqual(parseInvite(query({ colour: 'red' })), { ...invite, code: 'secret' });
    assert.equal('admin' in parseInvite(`${query({})}&__proto__=1&constructor=2`), false);
  });

  it('of another version is refused with a sentence that says to update', () => {
    for (const v of ['2', '0', '', '1.0']) assert.match(sentence(query({ v })), /Update it/);
  });

  it('is refused with a sentence that says where it is damaged, and repeats nothing of it', () => {
    for (const [changes, where] of [
      [{ v: undefined }, /\(v: /],
      [{ server: undefined }, /\(server: /],
      [{ name: undefined }, /\(name: /],
      [{ identity: undefined }, /\(identity: /],
      [{ identity: 'CD'.repeat(32) }, /\(identity: /],
      [{ identity: `${'cd'.repeat(31)}c` }, /\(identity: /],
      [{ name: 'Sam Carol' }, /\(name: /],
      [{ name: 'x'.repeat(33) }, /\(name: /],
      [{ key: '' }, /\(key: /],
      [{ key: 'secret' }, /\(key: /],
      [{ code: '' }, /\(code/],
      [{ code: 'c2Vj*mV0' }, /\(code|\(value/],
      [{ code: '_____w' }, /\(code/],
      [{ code: Buffer.from('x'.repeat(MAX_JOIN_CODE + 1)).toString('base64url') }, /\(code/],
      [{ padding: 'x'.repeat(5_000) }, /too long/],
    ] as const) {
      const said = sentence(query(changes));
      assert.match(said, where);
      assert.match(said, /^This invite is damaged or incomplete .+\. Ask for it again\.$/);
      assert.ok(!said.includes('secret') && !said.includes('cdcd'));
    }
    assert.match(sentence(''), /damaged/);
    assert.match(sentence('%ff%fe&&&==='), /damaged/);
  });

  it('says each thing once: nobody can put a second server behind the one that is shown', () => {
    for (const key of ['v', 'server', 'key', 'name', 'identity', 'code'] as const) {
      assert.match(sentence(`${query({})}&${key}=1`), new RegExp(`\\(${key}: given twice\\)`));
    }
  });

  it('names its server by the origin alone', () => {
    for (const server of [
      'https://chat.example.com',
      'http://127.0.0.1:8000',
      'https://[2001:db8::1]:8443',
    ]) {
      assert.equal(parseInvite(query({ server })).server, server);
    }
    for (const server of [
      'chat.example.com',
      'ftp://chat.example.com',
      'javascript:alert(1)',
      'vscode://chat.example.com',
      'file:///etc/passwd',
      'https://sam@chat.example.com',
      'https://sam:secret@chat.example.com',
      'https://chat.example.com/',
      'https://chat.example.com/path',
      'https://chat.example.com?query',
      'https://chat.example.com#hash',
      'https://chat.example.com:443',
      'https://CHAT.example.com',
      ' https://chat.example.com',
      'https://chat.example.com\n',
      `https://${'a'.repeat(300)}.example.com`,
    ]) {
      assert.match(sentence(query({ server })), /\(server: /, server);
    }
  });

  it('is an invite or a MalformedError, whatever stands in the link', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webQueryParameters()), (text) => {
        try {
          parseInvite(text);
        } catch (error) {
          assert.ok(error instanceof MalformedError);
        }
      }),
    );
  });

  it('is not made of what is none', () => {
    assert.throws(() => formatInvite({ ...invite, server: 'https://chat.example.com/' }), MalformedError);
    assert.throws(() => formatInvite({ ...invite, name: '#0123456789abcdef' }), MalformedError);
  });
});
