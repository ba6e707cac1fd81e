import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problemCode, type ProblemCode, type Status } from '../../src/peer-api.ts';
import {
  ago,
  compareContacts,
  contactDescription,
  fingerprintsApart,
  groupedFingerprint,
  lastSeen,
  personAccessibleLabel,
  statusBarFace,
} from '../../src/vscode/labels.ts';
import { contactFace, directoryFace, withDraft } from '../../src/vscode/person-face.ts';
import { english } from './english.ts';
import { fakeContact, fakeId, fakePerson } from '../fake-peer.ts';

const NOBODY: ReadonlySet<string> = new Set();
const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;

describe('labels', () => {
  test('contacts stand pinned first, then unread unless muted, then by their newest message, then by name', () => {
    const contacts = [
      fakeContact('Zoe'),
      fakeContact('Abe'),
      fakeContact('Old', { lastMessageAt: 1 }),
      fakeContact('New', { lastMessageAt: 2 }),
      fakeContact('Unread', { unread: 1 }),
      fakeContact('Muted', { unread: 1, muted: true, lastMessageAt: 3 }),
      fakeContact('Pinned', { pinned: true }),
    ];
    assert.deepEqual(
      contacts.toSorted(compareContacts).map(({ name }) => name),
      ['Pinned', 'Unread', 'Muted', 'New', 'Old', 'Abe', 'Zoe'],
    );
  });

  test('relative times read as a person says them', () => {
    const words = (passed: number): string => ago(english, NOW - passed, NOW);
    assert.equal(words(-5 * MINUTE), 'just now');
    assert.equal(words(MINUTE - 1), 'just now');
    assert.equal(words(5 * MINUTE), '5 min ago');
    assert.equal(words(119 * MINUTE), '1 h ago');
    assert.equal(words(24 * 60 * MINUTE), 'yesterday');
    assert.equal(words(3 * 24 * 60 * MINUTE), '3 days ago');
    assert.equal(words(90 * 24 * 60 * MINUTE), 'more than a month ago');
  });

  test('last seen is said of those who are away, when it is known', () => {
    assert.equal(lastSeen(english, fakePerson('A', { presence: 'online', lastSeen: NOW }), NOW), '');
    assert.equal(lastSeen(english, fakePerson('A', { presence: 'unknown' }), NOW), '');
    assert.equal(lastSeen(english, fakePerson('A'), NOW), 'never seen');
    assert.equal(
      lastSeen(english, fakePerson('A', { lastSeen: NOW - 5 * MINUTE }), NOW),
      'last seen 5 min ago',
    );
  });

  test('what a contact says of themselves stands last, apart from the words around it, and is read out', () => {
    const carol = fakeContact('C', { linked: true, statusText: 'בפגישה' });
    assert.equal(contactDescription(english, carol, NOW), 'connected · “\u2068בפגישה\u2069”');
    const face = contactFace(english, carol, NOW, NOBODY);
    assert.ok(face.tooltip.includes('Status: בפגישה'));
    assert.match(face.label, /, status: בפגישה$/);
  });

  test('what a contact says of themselves is no mark of trust and no icon, whatever it looks like', () => {
    const [forged, verified] = [
      fakeContact('C', { statusText: '✓' }),
      fakeContact('C', { trust: 'verified' }),
    ];
    const marks = ({ description }: { description: string }) => description.split(' · ');
    const face = (contact: typeof forged) => contactFace(english, contact, NOW, NOBODY);
    assert.ok(marks(face(verified)).includes('✓'));
    assert.ok(!marks(face(forged)).includes('\u2068✓\u2069'));
    const icon = face(fakeContact('C', { statusText: '$(verified) for $(pwd)' }));
    assert.doesNotMatch(icon.description, /\$\(/);
  });

  test('a contact is described by what is new and by presence', () => {
    assert.equal(
      contactDescription(english, fakeContact('C', { unread: 2, linked: true }), NOW),
      '2 new · connected',
    );
    assert.equal(contactDescription(english, fakeContact('C', { presence: 'online' }), NOW), '');
    assert.equal(
      contactDescription(english, fakeContact('C', { lastSeen: NOW - 5 * MINUTE }), NOW),
      'last seen 5 min ago',
    );
  });

  test('a screen reader hears name, presence, what is unread and whether they are verified', () => {
    const carol = fakeContact('Carol', { presence: 'online', unread: 2 });
    assert.equal(
      personAccessibleLabel(english, carol, NOW),
      'Carol, online, 2 unread messages, not verified',
    );
    const dave = fakeContact('Dave', { unread: 1, lastSeen: NOW });
    assert.equal(
      personAccessibleLabel(english, dave, NOW),
      'Dave, offline, 1 unread message, last seen just now, not verified',
    );
  });

  test('whoever wrote what is not read stands out, unless muted', () => {
    const calls = (over: Parameters<typeof fakeContact>[1]): boolean =>
      contactFace(english, fakeContact('C', over), NOW, NOBODY).calls;
    assert.deepEqual(
      [calls({}), calls({ unread: 1 }), calls({ unread: 1, muted: true })],
      [false, true, false],
    );
  });

  test('a face says not verified, of contacts and of strangers', () => {
    assert.match(contactFace(english, fakeContact('C'), NOW, NOBODY).tooltip.join(), /Not verified/);
    assert.match(directoryFace(english, fakePerson('D'), NOW, NOBODY).tooltip.join(), /Not verified/);
    assert.doesNotMatch(
      contactFace(english, fakeContact('C', { trust: 'verified' }), NOW, NOBODY).tooltip.join(),
      /Not verified/,
    );
  });

  test('trust is said in words, and shown by a mark where there is no room for them', () => {
    const verified = contactFace(
      english,
      fakeContact('C', { trust: 'verified', presence: 'online' }),
      NOW,
      NOBODY,
    );
    assert.equal(verified.description, '✓');
    assert.equal(verified.label, 'C, online, verified');
    const invited = contactFace(
      english,
      fakeContact('C', { trust: 'invited', presence: 'online' }),
      NOW,
      NOBODY,
    );
    assert.equal(invited.label, 'C, online, known by invite');
    assert.match(invited.tooltip.join(), /the invite named this fingerprint/);
  });

  test('a draft stands first behind the name, and is read out', () => {
    const face = (over: Parameters<typeof fakeContact>[1]) =>
      withDraft(english, contactFace(english, fakeContact('C', over), NOW, NOBODY));
    assert.equal(face({ unread: 2, linked: true }).description, 'draft · 2 new · connected');
    const { description, label } = face({ presence: 'online' });
    assert.deepEqual([description, label], ['draft', 'C, online, not verified, draft']);
  });

  test('a changed identity warns in icon, text, tooltip and to a screen reader', () => {
    const contact = fakeContact('C', { trust: 'verified', presence: 'online', changedTo: fakeId('M') });
    const face = contactFace(english, contact, NOW, NOBODY);
    assert.ok(face.warning);
    assert.match(face.description, /^identity changed/);
    assert.doesNotMatch(face.description, /✓/, 'what was verified is not whom the name is given to');
    assert.match(face.label, /identity changed/);
    assert.match(face.tooltip[0] ?? '', /another identity/);
    assert.equal(contactFace(english, fakeContact('C'), NOW, NOBODY).warning, false);
  });

  test('a request is a kind of its own, for its menu, and is called one', () => {
    const face = contactFace(
      english,
      fakeContact('C', { standing: 'request', presence: 'online' }),
      NOW,
      NOBODY,
    );
    assert.equal(face.kind, 'request');
    assert.equal(face.label, 'C, online, message request, not verified');
  });

  test('a linked contact is online, whatever the discovery server knows', () => {
    const face = contactFace(english, fakeContact('C', { linked: true, presence: 'unknown' }), NOW, NOBODY);
    assert.equal(face.presence, 'online');
    assert.equal(face.label, 'C, online, not verified');
    const lines = (path: 'direct' | 'relayed'): readonly string[] =>
      contactFace(english, fakeContact('C', { linked: true, path }), NOW, NOBODY).tooltip;
    assert.ok(lines('direct').includes('online, connected'));
    assert.ok(lines('relayed').includes('online, connected through the discovery server'));
  });

  test('fingerprints in a sentence get lines of their own', () => {
    const [one, two] = [groupedFingerprint(fakeId('one')), groupedFingerprint(fakeId('two'))];
    assert.equal(
      fingerprintsApart(`In between. Accepted: ${one}. Shown now: ${two}. Ask.`),
      `In between. Accepted:\n${one}\n\nShown now:\n${two}\n\nAsk.`,
    );
    assert.equal(fingerprintsApart('None here: beef. Ask.'), 'None here: beef. Ask.');
  });

  test('a fingerprint is grouped by four', () => {
    assert.equal(groupedFingerprint('0123456789ab'), '0123 4567 89ab');
    assert.equal(groupedFingerprint(fakeId('x')).split(' ').length, 16);
  });

  test('the status bar shows each state and what a click does', () => {
    const problem = (code: ProblemCode, retrying = false): Status => ({
      kind: 'problem',
      name: 'Sam',
      server: 's',
      problem: { code, message: 'It failed.' },
      retrying,
    });
    const face = (status: Status, unread = 0, requests = 0) =>
      statusBarFace(english, status, unread, requests);
    const online: Status = {
      kind: 'online',
      name: 'Sam',
      server: 's',
      identity: fakeId('me'),
      endpoints: [],
    };
    assert.equal(face({ kind: 'offline' }).action, 'go-online');
    assert.equal(face(online).text, '$(comment-discussion) Sam');
    assert.equal(face(online, 3).text, '$(comment-discussion) Sam $(mail) 3');
    assert.equal(face(online, 3).label, 'P2P Chat: online as Sam, 3 unread messages');
    assert.equal(face(online, 1, 2).text, '$(comment-discussion) Sam $(mail) 1 $(person-add) 2');
    assert.equal(face(online, 0, 1).label, 'P2P Chat: online as Sam, 1 message request');
    assert.equal(face(problem('name-taken')).action, 'change-account');
    assert.equal(face(problem('server-unreachable')).action, 'go-online');
    assert.equal(face(problem('server-unreachable', true)).action, 'menu');
    assert.equal(face(problem('internal')).action, 'log');
    for (const code of ['server-unknown', 'server-changed', 'join-code'] as const) {
      assert.equal(face(problem(code)).action, 'change-account', code);
    }
    // What is to be done is said; trying by itself would sound as if nothing were.
    assert.equal(face(problem('owner-silent', true)).tooltip, 'It failed.');
    assert.equal(face(problem('owner-silent', true)).action, 'menu');
    for (const code of problemCode.options) assert.ok(face(problem(code)).action, code);
    assert.deepEqual(
      [face(problem('internal')).warning, face(problem('internal')).label],
      [true, 'P2P Chat: It failed.'],
    );
  });
});
