import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { formatInvite, type Invite } from '@p2p-chat/protocol/invite';
import type { Contact, OwnIdentity, Status } from '../../src/peer-api.ts';
import { card } from '../../src/card-api.ts';
import { groupedDigits, identityCard, inviteCard, verifyCard } from '../../src/vscode/cards.ts';
import { inviteLink, readInviteQuery, readInviteText } from '../../src/vscode/invite-link.ts';
import { joinQuestion, offeredName, planJoin } from '../../src/vscode/join-plan.ts';
import { english } from './english.ts';
import { fakeContact, fakeId } from '../fake-peer.ts';

const server = 'https://chat.example.com:8443';
const invite: Invite = { v: '1', server, key: fakeId('server'), name: 'Carol', identity: fakeId('Carol') };
const own: OwnIdentity = {
  identity: fakeId('me'),
  device: fakeId('device'),
  account: { name: 'Sam', server, serverKey: fakeId('server') },
};
const online: Status = { kind: 'online', name: 'Sam', server, identity: own.identity, endpoints: [] };
const offline: Status = { kind: 'offline' };

const first = { kind: 'join', leaving: null, askName: true } as const;

/** What VS Code gives to an extension of a link that was opened: the query is decoded. */
function opened(link: string): string {
  return decodeURIComponent(link.slice(link.indexOf('?') + 1));
}

describe('the link of an invite', () => {
  test('says the same when it is opened and when it is pasted, whatever is in the join code', () => {
    for (const code of [undefined, 'simple', 'a&b=c+d %41 é#?', '100%', 'x+y z', '%25']) {
      const value: Invite = code === undefined ? invite : { ...invite, code };
      const link = inviteLink('vscode', value);
      assert.match(link, /^vscode:\/\/p2p-chat\.p2p-chat\/join\?v=1&server=https:\/\/chat/);
      assert.deepEqual(readInviteQuery(english, opened(link)), { ok: true, value }, code);
      assert.deepEqual(readInviteText(english, link), { ok: true, value }, code);
    }
  });

  test('is found in what was copied around it, and of any VS Code', () => {
    const link = inviteLink('vscode-insiders', invite);
    for (const text of [`  ${link}\n`, `Join us: <${link}> today`, `"${link}"`, formatInvite(invite)]) {
      assert.deepEqual(readInviteText(english, text), { ok: true, value: invite }, text);
    }
  });

  test('that is none, or only half of one, is refused with a sentence that says what to do', () => {
    const query = formatInvite(invite);
    const bad = [
      'hello',
      'vscode://p2p-chat.p2p-chat/join?',
      inviteLink('vscode', invite).slice(0, -5),
      'vscode://p2p-chat.p2p-chat/join?v=1&server=%E0%A4%A',
      query.replace('name=Carol', 'name=Carol%20Smith'),
      query.replace('https', 'ftp'),
    ];
    for (const text of bad) {
      const read = readInviteText(english, text);
      assert.ok(!read.ok && read.why.includes('new link'), text);
    }
    assert.ok(!readInviteText(english, ' ').ok);
  });

  test('of a newer version says to update', () => {
    const read = readInviteText(english, formatInvite(invite).replace('v=1', 'v=2'));
    assert.ok(!read.ok && read.why.includes('Update'));
  });

  test('to a server without encryption elsewhere is refused', () => {
    const read = readInviteQuery(english, formatInvite({ ...invite, server: 'http://chat.example.com' }));
    assert.ok(!read.ok && read.why.includes('encryption'));
    assert.ok(readInviteQuery(english, formatInvite({ ...invite, server: 'http://127.0.0.1:8000' })).ok);
  });
});

describe('joining by an invite', () => {
  test('at the server that one is at only adds the contact', () => {
    assert.deepEqual(planJoin(invite, online, own, 'Sam'), { kind: 'contact' });
  });

  test('at the server that one is at, but with another key than it has, asks the server', () => {
    const join = { kind: 'join', leaving: null, askName: false } as const;
    assert.deepEqual(planJoin({ ...invite, key: fakeId('another') }, online, own, 'Sam'), join);
    // Where an authority vouches no key is pinned: only the server can tell.
    const vouched = { ...own, account: { name: 'Sam', server, serverKey: null } };
    assert.deepEqual(planJoin(invite, online, vouched, 'Sam'), join);
    const { v, name, identity } = invite;
    assert.deepEqual(planJoin({ v, server, name, identity }, online, own, 'Sam'), { kind: 'contact' });
  });

  test('at the own server while offline goes online with the name there', () => {
    assert.deepEqual(planJoin(invite, offline, own, 'Sam'), { kind: 'join', leaving: null, askName: false });
  });

  test('the first time asks for a name, and elsewhere says what is left', () => {
    const nobody = { ...own, account: null };
    assert.deepEqual(planJoin(invite, offline, nobody, ''), { kind: 'join', leaving: null, askName: true });
    const elsewhere = { ...own, account: { name: 'Sam', server: 'https://old.example', serverKey: null } };
    const status: Status = { ...online, server: 'https://old.example' };
    const plan = planJoin(invite, status, elsewhere, 'Sam');
    assert.deepEqual(plan, { kind: 'join', leaving: 'https://old.example', askName: true });
    assert.ok(plan.kind === 'join');
    assert.match(joinQuestion(english, invite, plan, []).detail, /You leave https:\/\/old\.example/);
  });

  test('the own invite is none', () => {
    assert.deepEqual(planJoin({ ...invite, identity: own.identity }, online, own, 'Sam'), { kind: 'own' });
  });

  test('shows who invites to where, with both fingerprints, before anything happens', () => {
    const { message, detail } = joinQuestion(english, invite, first, []);
    assert.match(message, /Carol.*https:\/\/chat\.example\.com:8443/);
    for (const id of [invite.identity, invite.key ?? '']) {
      assert.ok(detail.includes((id.match(/.{4}/g) ?? []).join(' ')), id);
    }
  });

  test('warns of another identity under the name of a contact, and more gravely of a verified one', () => {
    const other = fakeContact('carol', { id: fakeId('another Carol') });
    const warning = (contact: Contact): string => joinQuestion(english, invite, first, [contact]).detail;
    assert.match(warning(other), /You know a carol with another fingerprint/);
    assert.match(
      warning({ ...other, trust: 'verified' }),
      /Warning: this is not the carol that you have verified/,
    );
    const harmless = [fakeContact('Dave'), { ...other, id: invite.identity }];
    assert.doesNotMatch(joinQuestion(english, invite, first, harmless).detail, /Warning|another fingerprint/);
  });

  test('never shows the join code', () => {
    const secret = { ...invite, code: 'open sesame' };
    const { message, detail } = joinQuestion(english, secret, first, []);
    assert.doesNotMatch(message + detail, /sesame/);
  });

  test('offers the present name, unless it is too much like the inviter’s', () => {
    assert.equal(offeredName(invite, 'Sam'), 'Sam');
    assert.equal(offeredName(invite, 'caro1'), '');
  });
});

describe('cards', () => {
  test('the identity card shows name, server and fingerprint, and only the last before the first server', () => {
    assert.deepEqual(card.parse(identityCard(own)), {
      type: 'identity',
      name: 'Sam',
      server,
      fingerprint: own.identity,
      qr: own.identity,
    });
    const { name, server: nowhere } = identityCard({ ...own, account: null });
    assert.deepEqual([name, nowhere], [null, null]);
  });

  test('an invite has a join code only if this person typed one and chose to put it in', () => {
    const make = (joinCode: string | undefined, includeCode: boolean) =>
      inviteCard(own, { scheme: 'vscode', joinCode, includeCode });
    const states = [make(undefined, true), make('sesame', false), make('sesame', true)].map((made) => {
      assert.ok(made);
      const read = readInviteText(english, z.object({ qr: z.string() }).parse(card.parse(made)).qr);
      assert.ok(read.ok);
      assert.equal(read.value.key, own.account?.serverKey);
      return [made.joinCode, read.value.code];
    });
    assert.deepEqual(states, [
      ['none', undefined],
      ['left-out', undefined],
      ['included', 'sesame'],
    ]);
    assert.equal(
      inviteCard({ ...own, account: null }, { scheme: 'vscode', joinCode: undefined, includeCode: false }),
      undefined,
    );
  });

  test('the safety number is the QR code, and copied in groups of five', () => {
    const digits = '0123456789'.repeat(6);
    assert.equal(verifyCard(fakeContact('Carol'), { digits, changed: null }).qr, digits);
    assert.equal(groupedDigits(digits).split(' ').length, 12);
    assert.ok(groupedDigits(digits).startsWith('01234 56789 '));
  });

  test('while the server gives the name to another identity, the number is the one shared with that', () => {
    const [digits, others] = ['0123456789'.repeat(6), '9876543210'.repeat(6)];
    const changed = { identity: fakeId('Mallory'), digits: others };
    const made = card.parse(
      verifyCard(fakeContact('Carol', { changedTo: changed.identity }), { digits, changed }),
    );
    assert.ok(made.type === 'verify');
    assert.deepEqual([made.of, made.digits, made.qr], ['changed', others, others]);
    const before = verifyCard(fakeContact('Carol'), { digits, changed: null });
    assert.deepEqual([before.of, before.digits], ['contact', digits]);
  });
});
