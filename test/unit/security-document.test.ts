/** docs/security.md says which test shows what: each of them is there, by its full name. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../scripts/lib/node-runtime.ts';
import { problemWith, readDocument, testNames } from './document-references.ts';

const text = readFileSync(path.join(repositoryRoot, 'docs', 'security.md'), 'utf8');
const document = readDocument(text);

describe('docs/security.md', () => {
  it('names only tests that are there', () => {
    assert.ok(document.references.length > 0);
    const problems = document.references.flatMap((reference) => problemWith(reference, repositoryRoot) ?? []);
    assert.equal([...document.malformed, ...problems].join('\n'), '');
  });

  it('says of every adversary in one table what it can, and in another what it cannot', () => {
    const [, adversaries = ''] = /\n## Adversaries\n(.*?)\n## /s.exec(text) ?? [];
    const sections = adversaries.split('\n### ').slice(1);
    assert.ok(sections.length >= 7);
    for (const section of sections) {
      const tables = [...section.matchAll(/^\| (can|cannot) /gm)].map(([, first]) => first);
      assert.deepEqual(tables, ['can', 'cannot'], section.slice(0, section.indexOf('\n')));
    }
  });

  it('names a test for everything that somebody cannot do', () => {
    assert.ok(document.rows.length > 0);
    const bare = document.rows.filter(({ references }) => references.length === 0);
    assert.equal(bare.map(({ line, cannot }) => `line ${line}: no test shows “${cannot}”`).join('\n'), '');
  });
});

describe('a document that names tests', () => {
  it('is read by its tables and its references', () => {
    const { references, rows, malformed } = readDocument(
      [
        'As [`a/b.test.ts`: “says a \\_thing\\_”] shows, and `a/c.test.ts` may.',
        '',
        '| cannot  | shown by                                       |',
        '| ------- | ---------------------------------------------- |',
        '| do it   | [`a.test.ts`: “one”]; [`b.test.ts`: “it’s two”] |',
        '| do more | nothing                                        |',
        '',
        '| can | shown by |',
        '| --- | -------- |',
        '| all | nobody   |',
      ].join('\n'),
    );
    assert.deepEqual(
      references.map(({ file, name, line }) => [file, name, line]),
      [
        ['a/b.test.ts', 'says a _thing_', 1],
        ['a.test.ts', 'one', 5],
        ['b.test.ts', 'it’s two', 5],
      ],
    );
    assert.deepEqual(
      rows.map(({ cannot, references: shown }) => [cannot, shown.length]),
      [
        ['do it', 2],
        ['do more', 0],
      ],
    );
    assert.equal(malformed.length, 1);
  });

  it('is told what it gets wrong', () => {
    const at = (file: string, name: string) => problemWith({ file, name, line: 7 }, repositoryRoot) ?? '';
    const self = 'test/unit/security-document.test.ts';
    assert.equal(at(self, 'is told what it gets wrong'), '');
    assert.match(at(self, 'is told what it gets right'), /^line 7: .* has no test or suite “is told what/);
    assert.match(at('no/such.test.ts', 'any'), /^line 7: there is no file no\/such\.test\.ts/);
  });

  it('finds tests and suites by the whole name, as written or with values in it, and nothing else', () => {
    const names = testNames(`
      describe('a suite', () => { it('does', async () => {}); contract("it's so", { skip: true }, () => {}); });
      for (const what of all) { test(\`is \${what} at \${time}, twice\`, () => {}); it(\`\${name}\`, () => {}); }
      log('no test'); // it('was a test', () => {})
    `);
    const has = (name: string): boolean => names.some((test) => test.is(name));
    for (const name of ['a suite', 'does', "it's so", 'is ${what} at ${time}, twice', 'is red at 5, twice']) {
      assert.ok(has(name), name);
    }
    for (const name of ['a suit', 'no test', 'was a test', 'is red at 5, twice over', 'is  at , twice']) {
      assert.ok(!has(name), name);
    }
  });
});
