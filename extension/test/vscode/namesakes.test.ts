import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChatState } from '../../src/vscode/chat-state.ts';
import { distinctName, markOf } from '../../src/vscode/namesakes.ts';
import { choices, contactFace, directoryFace } from '../../src/vscode/person-face.ts';
import { sameItem } from '../../src/vscode/same-item.ts';
import { fakeContact, fakeId, fakePerson } from '../fake-peer.ts';
import { english } from './english.ts';

const carol = fakeContact('Carol', { presence: 'online', linked: true });
const other = { id: fakeId('the other Carol') };

function stateWith(...people: Parameters<ChatState['setContact']>[0][]): ChatState {
  const state = new ChatState();
  for (const person of people) state.setContact(person);
  return state;
}

describe('people of one name', () => {
  it('show the beginning of their fingerprints, to eyes and to a screen reader, with a warning at a request', () => {
    const stranger = { ...fakeContact('Carol', { standing: 'request' }), ...other };
    const state = stateWith(carol, stranger);
    const mark = markOf(stranger.id, state.namesakes);
    assert.match(mark ?? '', /^[0-9a-f]{4}( [0-9a-f]{4}){3}$/);
    const face = contactFace(english, stranger, 0, state.namesakes);
    assert.ok(face.description.startsWith(mark ?? 'a mark'));
    assert.match(
      face.label,
      new RegExp(`not the only one of this name, fingerprint begins with ${mark ?? 'nothing'}`),
    );
    assert.match(face.tooltip[0] ?? '', /You know another Carol/);
    assert.match(contactFace(english, carol, 0, state.namesakes).description, /^[0-9a-f ]{19} · connected$/);
    assert.equal(distinctName(stranger, state.namesakes), `Carol (${mark ?? 'nobody'})`);
  });

  it('are told apart in a list to choose from, as of whom to block', () => {
    const contacts = [carol, { ...carol, ...other }, fakeContact('Dave', { trust: 'verified' })];
    const [first, second, third] = contacts.map(({ id }) => choices(english, contacts).get(id));
    assert.match(first ?? '', /^[0-9a-f]{4}( [0-9a-f]{4}){3} · not verified$/);
    assert.notEqual(second, first);
    assert.equal(third, 'verified');
  });

  it('are so whether in the contacts or in the directory, and by names that look alike', () => {
    const state = stateWith(carol);
    state.setDirectory({ people: [{ ...fakePerson('CAR0L'), ...other }], more: false });
    const [listed] = state.directory.people;
    assert.ok(listed);
    assert.equal(
      directoryFace(english, listed, 0, state.namesakes).description.slice(0, 19),
      markOf(other.id, state.namesakes),
    );
    assert.ok(state.namesakes.has(carol.id));
    state.setDirectory({ people: [], more: false });
    assert.equal(state.namesakes.size, 0);
    assert.equal(distinctName(carol, state.namesakes), 'Carol');
  });

  it('are not somebody who is a contact and listed, nor somebody renamed', () => {
    const state = stateWith(carol, { ...fakeContact('Carol'), ...other });
    assert.equal(state.namesakes.size, 2);
    state.setContact({ ...fakeContact('Caroline'), ...other });
    assert.equal(state.namesakes.size, 0);
    state.setDirectory({ people: [fakePerson('Carol')], more: false });
    assert.equal(state.namesakes.size, 0);
  });

  it('are not taken for each other when a list changes under the highlight', () => {
    const [mine, stranger, more] = [
      { ...carol, label: 'Carol' },
      { ...other, label: 'Carol' },
      { label: 'Load more…' },
    ];
    assert.equal(sameItem([{ label: 'Requests' }, stranger, mine, more], mine), mine);
    assert.equal(sameItem([stranger, more], mine), undefined);
    assert.equal(sameItem([stranger, mine, more], { label: more.label }), more);
  });
});
