import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nameKey, nameOrder, shownName, unnamed, userName } from '../src/names.ts';

const names = fc.stringMatching(/^[A-Za-z0-9._-]{1,32}$/).filter((name) => userName.safeParse(name).success);

describe('a name', () => {
  it('has 1 to 32 letters, digits, "-", "_" or ".", of ASCII', () => {
    for (const good of ['S', '7', 'sam.o-brien_2', '-x-', 'x'.repeat(32)]) {
      assert.ok(userName.safeParse(good).success, good);
    }
    for (const bad of [
      '',
      'x'.repeat(33),
      'Sam Carol',
      'sаm',
      'Zoë',
      'sam\n',
      '\nsam',
      '‮mas',
      'sam@x',
      'ｓam',
    ]) {
      assert.ok(!userName.safeParse(bad).success, JSON.stringify(bad));
    }
  });

  it('has a letter or a digit: of separators alone nobody could tell who it is', () => {
    for (const bad of ['-', '...', '_-.', '.'.repeat(32)]) assert.ok(!userName.safeParse(bad).success, bad);
  });

  it('is taken for whoever looks like its owner', () => {
    for (const [name, lookAlikes] of [
      ['Sam', ['sam', 'SAM', 'sAm', 's.a.m', '-Sam-', 'S_a_m', 'Sarn', 'sAR.N']],
      ['Bob', ['b0b', 'B-O-B', 'BoB', '8ob', 'B08', '8.0.8']],
      ['Sue', ['5ue', '5UE']],
      ['Zoe', ['2oe', '2-0-E']],
      ['Honest', ['hOne5t', 'H0NE5T']],
      ['Bill', ['BiII', 'B1ll', 'b111', 'BlLl', 'BILL']],
      ['William', ['VVilliam', 'vviIIiarn', 'w.i.l.l.i.a.m']],
      ['l0L', ['IOI', '101', 'lol', 'iOi']],
      ['corn', ['com', 'C0M', 'c.o.m']],
    ] as const) {
      for (const other of lookAlikes) assert.equal(nameKey(other), nameKey(name), `${name} ${other}`);
    }
  });

  it('is free beside one that a person can tell from it', () => {
    const different = [
      'Sam',
      'Sam2',
      'Sam5',
      'Sam8',
      'Sam3',
      'Sam23',
      'Pam',
      'Sain',
      'San',
      'Bob',
      'Rob',
      'Bo',
      'Carol',
      'Carl',
      'Karol',
      'Clark',
      'Dark',
      'Clan',
      'Dan',
    ];
    assert.equal(new Set(different.map(nameKey)).size, different.length);
  });

  it('is free beside one that differs in its numbers alone', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, other) => {
        fc.pre(one !== other);
        assert.notEqual(nameKey(`user${one}`), nameKey(`user${other}`));
      }),
    );
  });

  it('has a key that is the key of itself, of lower-case letters and digits', () => {
    fc.assert(
      fc.property(names, (name) => {
        const key = nameKey(name);
        assert.match(key, /^[a-z34679]+$/);
        assert.doesNotMatch(key, /[imw]/);
        assert.equal(nameKey(key), key);
      }),
    );
  });

  it('is sorted without regard to case, and not by its key', () => {
    const sorted = ['bob', 'Amy', 'amy2', 'ZOE', 'm'].sort((one, other) =>
      nameOrder(one) < nameOrder(other) ? -1 : 1,
    );
    assert.deepEqual(sorted, ['Amy', 'amy2', 'bob', 'm', 'ZOE']);
  });
});

describe('what stands where a name would', () => {
  it('is shown like a name, and can be nobody’s', () => {
    const text = unnamed('ad79fb3d8df8caa49d720e5e100e63c7595b187547b0b67c156a015524be4290');
    assert.equal(text, '#ad79fb3d8df8caa4');
    assert.ok(shownName.safeParse(text).success);
    assert.ok(shownName.safeParse('Sam').success);
    assert.ok(!userName.safeParse(text).success);
    for (const bad of ['#ad79', '#AD79FB3D8DF8CAA4', '#ad79fb3d8df8caa4a', '']) {
      assert.ok(!shownName.safeParse(bad).success, bad);
    }
  });
});
