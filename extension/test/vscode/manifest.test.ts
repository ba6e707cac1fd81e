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
      commands: z.array(z.object({ command: z.string() })),
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

  test('links only to commands that exist', () => {
    const known: string[] = Object.values(CommandId);
    for (const [key, word] of Object.entries(words)) {
      for (const [, command = ''] of word.matchAll(/\(command:([^)]+)\)/g)) {
        assert.ok(known.includes(command), `${key}: ${command}`);
      }
    }
  });

  test('keeps every setting out of reach of a workspace, and the account out of sync', () => {
    const { properties } = manifest.configuration;
    const keys = Object.keys(properties).map((key) => key.replace(/^p2pChat\./, ''));
    assert.deepEqual(keys.toSorted(), Object.keys(settingsSchema.shape).toSorted());
    for (const [key, property] of Object.entries(properties)) {
      assert.equal(property.scope, 'application', key);
      if (key !== 'p2pChat.goOnlineAtStartup') assert.equal(property.ignoreSync, true, key);
    }
    const defaults = Object.fromEntries(keys.map((key) => [key, properties[`p2pChat.${key}`]?.default]));
    assert.deepEqual(settingsSchema.parse({}), defaults);
  });

  test('has a welcome for every problem', () => {
    const whens = manifest.viewsWelcome.map(({ when }) => when).join(' ');
    for (const code of problemCode.options) assert.match(whens, new RegExp(`[ (|]${code}(?![\\w-])`), code);
  });
});
