import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { bundlePath, l10nBundle, places, translatableSources } from '../../../scripts/lib/l10n-bundle.ts';
import { translatable } from '../../../scripts/lib/translatable.ts';
import { statusBarFace } from '../../src/vscode/labels.ts';
import { markOf } from '../../src/vscode/namesakes.ts';
import { contactFace, directoryFace, withDraft } from '../../src/vscode/person-face.ts';
import { fakeContact, fakePerson } from '../fake-peer.ts';
import { pseudoL10n, pseudoManifestWords, untranslated } from '../support/pseudo.ts';

const sources = await translatableSources();

describe('the texts of the extension', () => {
  test('are all in the bundle for translators: `npm run l10n` brings it up to date', async () => {
    assert.equal(await readFile(bundlePath, 'utf8'), await l10nBundle(sources));
  });

  test('are literals where they are translated, so that they can be collected', () => {
    assert.deepEqual(
      sources.flatMap(({ file, notCollected }) => places(file, notCollected)),
      [],
    );
  });

  test('are shown to nobody without being translated', () => {
    assert.deepEqual(
      sources.flatMap(({ file, notTranslatable }) => places(file, notTranslatable)),
      [],
    );
  });
});

describe('looking for texts', () => {
  const host = (source: string) => translatable('src/vscode/some.ts', source);
  const said = (found: readonly { text: string }[]): string[] => found.map(({ text }) => text);

  test('collects a text with what is put together of it, however `l10n` came there', () => {
    assert.deepEqual(
      host(`vscode.l10n.t('One'); l10n.t('Two {0}, ' + 'three', l10n.t('Four')); parts.l10n.t("Five")`).texts,
      ['One', 'Two {0}, three', 'Four', 'Five'],
    );
  });

  test('reports a text that is no literal', () => {
    assert.deepEqual(said(host('l10n.t(`Hello ${name}`); l10n.t(message)').notCollected), [
      'l10n.t(`Hello ${name}`)',
      'l10n.t(message)',
    ]);
  });

  test('reports what a person reads in a message, a button, a picker and a line, and is not translated', () => {
    const found = host(`
      vscode.window.showInformationMessage('Saved.', 'Undo');
      void vscode.window.showErrorMessage(failed ? \`No \${name}\` : l10n.t('Fine'), { detail: 'Really' });
      vscode.window.showQuickPick(items, { placeHolder: 'Choose' });
      input.placeholder = 'Type ' + 'here';
      item = { label: '$(add) Add', iconPath: 'add' };
      item.tooltip = '$(sync~spin)';
      item = { title: 'P2P Chat', label: name };
    `);
    assert.deepEqual(
      said(found.notTranslatable).toSorted(),
      [
        "'here'",
        "'$(add) Add'",
        "'Choose'",
        "'Really'",
        "'Saved.'",
        "'Type '",
        "'Undo'",
        '`No ${name}`',
      ].toSorted(),
    );
  });

  test('reports sentences of the peer that a person would read in English', () => {
    const peer = `
      throw new PeerError('not-online', 'Go online first.');
      throw new StorageError(full ? t('The disk is full.') : \`\${path} is gone now.\`);
      const problem = { code: 'internal', message: 'Something is wrong.' };
      log('info', 'Nobody reads this.');
      throw new TypeError('A fault of the program.');
    `;
    const found = translatable('src/peer/some.ts', peer);
    assert.deepEqual(said(found.notTranslatable), [
      "'Go online first.'",
      '`${path} is gone now.`',
      "'Something is wrong.'",
    ]);
    assert.deepEqual(found.texts, ['The disk is full.']);
  });

  test('reports words in the markup of a page, and sentences that are not translated', () => {
    const page =
      'html`<p class="a ${b}" title="Why">Hello ${name}<!-- not this --></p><i aria-label="${x}">·</i>`';
    assert.deepEqual(said(translatable('webview/src/views/some.ts', page).notTranslatable), ['Hello Why']);
    const strings =
      "import { t } from './l10n.ts'; export const s = { a: t('A'), b: 'B', c: (d) => `C ${d}` };";
    assert.deepEqual(said(translatable('webview/src/strings.ts', strings).notTranslatable), [
      "'B'",
      '`C ${d}`',
    ]);
  });
});

describe('in another language', () => {
  test('the host speaks it in the status bar, in the lists and to a screen reader', () => {
    const now = 60 * 60_000;
    const carol = fakeContact('Carol', { lastSeen: 0, unread: 2, pinned: true, muted: true });
    const bar = statusBarFace(pseudoL10n, { kind: 'offline' }, 2, 1);
    const faces = [
      contactFace(pseudoL10n, carol, now, new Set()),
      withDraft(pseudoL10n, contactFace(pseudoL10n, carol, now, new Set([carol.id]))),
      directoryFace(pseudoL10n, fakePerson('Dave'), now, new Set()),
    ];
    const said = [
      bar.label,
      bar.tooltip,
      ...faces.flatMap(({ description, label, tooltip }) => [description, label, ...tooltip]),
    ];
    assert.match(bar.label, /⟦/);
    assert.deepEqual([...new Set(said.map(untranslated))].toSorted(), [
      '',
      'Carol',
      'Dave',
      markOf(carol.id, new Set([carol.id])),
    ]);
  });

  test('the manifest speaks it wherever a person reads', () => {
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8').replace(
      /"%([^%"]+)%"/g,
      (_, key: string) => JSON.stringify(pseudoManifestWords[key] ?? key),
    );
    const { contributes, displayName, description, l10n } = z
      .object({ contributes: z.json(), displayName: z.string(), description: z.string(), l10n: z.string() })
      .parse(JSON.parse(manifest));
    assert.equal(l10n, './l10n');
    const read = [displayName, description, ...readIn(contributes)];
    assert.ok(read.length > 60);
    assert.deepEqual(
      read.filter((text) => !/^⟦.*⟧$/s.test(text)),
      [],
    );
  });
});

type Json = z.infer<ReturnType<typeof z.json>>;

/** What a person reads in the manifest's contributions. */
function readIn(value: Json, key = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => readIn(entry, key));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, entry]) => readIn(entry, name));
  }
  const isRead = /^(title|name|contextualTitle|contents|.*descriptions?|patternErrorMessage)$/i.test(key);
  return isRead && typeof value === 'string' ? [value] : [];
}
