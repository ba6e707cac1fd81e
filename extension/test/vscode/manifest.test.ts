import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { problemCode } from '../../src/peer-api.ts';
import { CommandId } from '../../src/vscode/command-ids.ts';
import { settingsSchema } from '../../src/vscode/settings-schema.ts';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const text = read('package.json');
const manifest = z
  .object({
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), title: z.string() })),
      keybindings: z.array(z.object({ command: z.string(), key: z.string(), when: z.string() })),
      menus: z.record(
        z.string(),
        z.array(z.object({ command: z.string(), when: z.string(), group: z.string().optional() })),
      ),
      walkthroughs: z.array(
        z.object({
          id: z.string(),
          when: z.string(),
          steps: z.array(
            z.object({
              id: z.string(),
              description: z.string(),
              media: z.object({ svg: z.string(), altText: z.string() }),
              completionEvents: z.array(z.string()).min(1),
            }),
          ),
        }),
      ),
      viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string(), when: z.string() })),
      configuration: z.object({
        properties: z.record(
          z.string(),
          z.object({ scope: z.string(), ignoreSync: z.boolean().optional(), default: z.unknown() }),
        ),
      }),
    }),
  })
  .parse(JSON.parse(text)).contributes;
const words = z.record(z.string(), z.string()).parse(JSON.parse(read('package.nls.json')));

const WANTED_EVERYWHERE = [
  'p2pChat.goOnlineAtStartup',
  'p2pChat.acceptMessagesFrom',
  'p2pChat.keepHistoryDays',
  'p2pChat.sendReadReceipts',
  'p2pChat.sendTypingIndicator',
  'p2pChat.localDiscovery',
  'p2pChat.notifications',
];

describe('the manifest', () => {
  test('has exactly the commands of the code', () => {
    assert.deepEqual(
      manifest.commands.map(({ command }) => command).toSorted(),
      Object.values(CommandId).toSorted(),
    );
  });

  test('has a word for every key, and no word too many', () => {
    const keys = [...text.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
    assert.deepEqual([...new Set(keys)].toSorted(), Object.keys(words).toSorted());
  });

  test('has menus of commands that exist', () => {
    const known: string[] = Object.values(CommandId);
    for (const [menu, entries] of Object.entries(manifest.menus)) {
      for (const { command } of entries) assert.ok(known.includes(command), `${menu}: ${command}`);
    }
  });

  test('lets a request be accepted, ignored and blocked beside its name, by keyboard as well', () => {
    const entries = manifest.menus['view/item/context'] ?? [];
    for (const command of ['p2pChat.acceptRequest', 'p2pChat.ignoreRequest', 'p2pChat.block']) {
      const groups = entries
        .filter((entry) => entry.command === command && entry.when.includes('p2pChat.requests'))
        .map(({ group = '' }) => group.replace(/[@_].*/, ''));
      assert.ok(groups.includes('inline'), command);
      // The context menu opens by keyboard; what is inline only does not stand in it.
      assert.ok(groups.length === 2, command);
    }
  });

  test('offers in the palette what there is somebody or something for', () => {
    const whens = new Map(manifest.menus['commandPalette']?.map(({ command, when }) => [command, when]));
    const ofContacts = (manifest.menus['view/item/context'] ?? [])
      .filter(({ when }) => when.includes('p2pChat.contacts'))
      .map(({ command }) => command);
    for (const command of ofContacts) assert.match(whens.get(command) ?? '', /^false$|hasContacts/, command);
    // Twice the same in one list.
    assert.equal(whens.get('p2pChat.unblock'), 'false');
    assert.equal(whens.get('p2pChat.stopServer'), 'p2pChat.serverHere');
    for (const { command } of manifest.menus['webview/context'] ?? []) {
      assert.equal(whens.get(command), 'false', command);
    }
  });

  test('asks in menus for what the code says', () => {
    const keys = read('src/vscode/context-keys.ts');
    const page = read('webview/src/elements/p2p-chat.ts');
    for (const [menu, entries] of Object.entries(manifest.menus)) {
      for (const { when } of entries) {
        for (const [key] of when.matchAll(/p2pChat\.(?!chat'|requests|contacts|directory)\w+/g)) {
          assert.ok(key === 'p2pChat.browserOnly' || keys.includes(`'${key}'`), `${menu}: ${key}`);
        }
        for (const [key] of when.matchAll(/p2pChat[A-Z]\w+|webviewSection/g)) {
          assert.ok(menu === 'webview/context' && page.includes(key), `${menu}: ${key}`);
        }
      }
    }
  });

  test('offers to send a selection where there is one, and a contact', () => {
    const palette = manifest.menus['commandPalette']?.find(
      ({ command }) => command === 'p2pChat.sendSelection',
    );
    const [inEditor, ...others] = manifest.menus['editor/context'] ?? [];
    assert.ok(inEditor?.command === 'p2pChat.sendSelection' && others.length === 0);
    for (const when of [palette?.when, inEditor.when]) {
      assert.equal(when, 'p2pChat.hasContacts && editorHasSelection');
    }
  });

  test('takes a key of VS Code only where the focus is in a chat', () => {
    const [binding, ...others] = manifest.keybindings;
    assert.ok(binding !== undefined && others.length === 0);
    assert.deepEqual([binding.command, binding.key], ['p2pChat.searchConversation', 'ctrl+f']);
    // Trees and lists have a search of their own by this key, and so do editors beside the chat.
    for (const elsewhere of [
      'editorFocus',
      'inputFocus',
      'sideBarFocus',
      'auxiliaryBarFocus',
      'panelFocus',
    ]) {
      assert.ok(binding.when.includes(`!${elsewhere}`), elsewhere);
    }
  });

  test('offers for contacts what it does also for those who are muted or pinned', () => {
    const entries = manifest.menus['view/item/context'] ?? [];
    for (const { command, when } of entries.filter((entry) => entry.when.includes('p2pChat.contacts'))) {
      // A contact's line says besides whether they are muted and pinned: "contact muted".
      assert.match(when, /viewItem =~ \/\^contact/, command);
    }
  });

  test('offers in the title of a chat what the menu of its line in a list does', () => {
    const inTitle = (kind: string): string[] =>
      (manifest.menus['editor/title'] ?? []).flatMap(({ command, when }) => {
        assert.match(when, /^activeWebviewPanelId == 'p2pChat.chat'/, command);
        const [, is, like] = /p2pChat\.onlyChat(?: == (\w+)| =~ \/(.*)\/)?$/.exec(when) ?? [];
        return kind === (is ?? kind) && new RegExp(like ?? '').test(kind) ? [command] : [];
      });
    const inMenu = (kind: string): string[] =>
      (manifest.menus['view/item/context'] ?? []).flatMap(({ command, when, group = '' }) => {
        const [, is, like] = /viewItem (?:== (\w+)|=~ \/(.*)\/)$/.exec(when) ?? assert.fail(when);
        const isShown = kind === (is ?? kind) && new RegExp(like ?? '').test(kind);
        return isShown && !group.startsWith('inline') ? [command] : [];
      });
    for (const kind of ['contact', 'contact muted pinned', 'request']) {
      assert.deepEqual(
        inTitle(kind).toSorted(),
        ['p2pChat.searchConversation', ...inMenu(kind)]
          .filter((command) => command !== 'p2pChat.openPerson')
          .toSorted(),
        kind,
      );
    }
  });

  test('has a menu for whoever is in a list', () => {
    const entries = manifest.menus['view/item/context'] ?? [];
    for (const view of ['requests', 'contacts', 'directory']) {
      for (const command of ['p2pChat.openPerson', 'p2pChat.copyFingerprint']) {
        const isThere = entries.some(
          (entry) => entry.command === command && entry.when.includes(`p2pChat.${view} `),
        );
        assert.ok(isThere, `${view}: ${command}`);
      }
    }
  });

  test('shows in the menu of a view nothing that there is nobody for', () => {
    const whens = new Map(manifest.menus['view/title']?.map(({ command, when }) => [command, when]));
    for (const { command, when } of manifest.menus['commandPalette'] ?? []) {
      const [key] = /p2pChat\.has\w+/.exec(when) ?? [];
      if (key !== undefined && whens.has(command)) assert.ok(whens.get(command)?.includes(key), command);
    }
  });

  test('says in a browser alone what it needs, and nothing that it cannot do there', () => {
    const { browser } = z.object({ browser: z.string() }).parse(JSON.parse(text));
    // VS Code loads an entry of a package of type "module" as CommonJS only by this extension.
    assert.equal(browser, './dist/browser.cjs');
    for (const { when } of manifest.menus['view/title'] ?? []) assert.match(when, /!p2pChat\.browserOnly/);
    const [only, ...others] = manifest.viewsWelcome;
    assert.equal(only?.when, 'p2pChat.browserOnly');
    for (const { when } of others) {
      const whileUnknown = when.includes('!=') && !when.includes('==');
      if (whileUnknown) assert.match(when, /!p2pChat\.browserOnly/);
    }
  });

  test('links only to commands that exist', () => {
    const known: string[] = Object.values(CommandId);
    for (const [key, word] of Object.entries(words)) {
      for (const [, command = ''] of word.matchAll(/\(command:([^)]+)\)/g)) {
        assert.ok(known.includes(command), `${key}: ${command}`);
      }
    }
  });

  test('has a walkthrough of four steps, each with a button, a small picture of our own, and an end', () => {
    const [walkthrough, ...others] = manifest.walkthroughs;
    assert.ok(walkthrough !== undefined && others.length === 0);
    assert.equal(walkthrough.id, 'p2pChat.getStarted');
    assert.equal(walkthrough.when, '!p2pChat.browserOnly');
    assert.equal(walkthrough.steps.length, 4);
    const keys = read('src/vscode/context-keys.ts');
    for (const { id, description, media, completionEvents } of walkthrough.steps) {
      // A link that is a line of its own is a button.
      assert.match(words[description.replaceAll('%', '')] ?? '', /^\[[^\]]+\]\(command:p2pChat\.\w+\)$/m, id);
      const picture = read(media.svg);
      assert.ok(picture.length < 3_000, media.svg);
      assert.match(picture, /var\(--vscode-/);
      // The page of the walkthrough lets no style of a picture's own in: colours are attributes.
      assert.doesNotMatch(picture, /<style|style=|class=|<script|href|url\(/);
      for (const event of completionEvents) {
        const [, kind, what = ''] = /^on(Context|Command):(p2pChat\.\w+)/.exec(event) ?? [];
        const isKnown =
          kind === 'Context' ? keys.includes(`'${what}'`) : Object.values<string>(CommandId).includes(what);
        assert.ok(isKnown, event);
      }
    }
  });

  test('keeps every setting out of reach of a workspace, and the account out of sync', () => {
    const { properties } = manifest.configuration;
    const keys = Object.keys(properties).map((key) => key.replace(/^p2pChat\./, ''));
    assert.deepEqual(keys.toSorted(), Object.keys(settingsSchema.shape).toSorted());
    for (const [key, property] of Object.entries(properties)) {
      assert.equal(property.scope, 'application', key);
      // What a person wants is the same on each of their machines; who they are there is not.
      assert.equal(property.ignoreSync ?? false, !WANTED_EVERYWHERE.includes(key), key);
    }
    const defaults = Object.fromEntries(keys.map((key) => [key, properties[`p2pChat.${key}`]?.default]));
    assert.deepEqual(settingsSchema.parse({}), defaults);
  });

  test('has a welcome for every problem', () => {
    const whens = manifest.viewsWelcome.map(({ when }) => when).join(' ');
    for (const code of problemCode.options) assert.match(whens, new RegExp(`[ (|]${code}(?![\\w-])`), code);
  });
});
