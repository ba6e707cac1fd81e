/**
 * `npm run screenshots`: makes the pictures of docs/screenshots anew, in a real editor. `-- --only chat,held` takes some of
 * them, `-- --themes dark` those of some themes, `-- --to FOLDER` puts them elsewhere.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Theme } from '../test/harness/user.ts';
import { makeBundles } from './lib/bundles.ts';
import { repositoryRoot } from './lib/node-runtime.ts';
import { pictureFonts } from './lib/picture-fonts.ts';
import { smallPng } from './lib/small-png.ts';
import { keepTemporaryFilesTogether } from './lib/temporary-files.ts';
import { alone, beforeAccount, inTeam, type Scene } from './screenshots/scenes.ts';
import { Stage } from './screenshots/stage.ts';

/** By the end of the file's name. */
const themes: Readonly<Record<string, Theme>> = {
  dark: 'dark',
  light: 'light',
  'hc-dark': 'high contrast',
  'hc-light': 'high contrast light',
};

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    themes: { type: 'string', default: Object.keys(themes).join() },
    to: { type: 'string', default: path.join(repositoryRoot, 'docs', 'screenshots') },
  },
});
const only = values.only?.split(',');
const folder = path.resolve(values.to);

const fonts = await pictureFonts();
// The browser inherits it.
if (fonts !== undefined) process.env['FONTCONFIG_FILE'] = fonts;
if (!(await makeBundles())) process.exit(1);
await mkdir(folder, { recursive: true });
keepTemporaryFilesTogether();

const stage = await Stage.start();
let failures = 0;
try {
  await takeAll(beforeAccount);
  await stage.goOnline();
  await takeAll(alone);
  if (isWanted(inTeam)) {
    await stage.meetNamesake();
    await stage.meetTeam();
    await takeAll(inTeam);
  }
} catch (error) {
  await stage.window.screenshot(path.join(folder, 'failed.png'));
  throw error;
} finally {
  await stage.stop();
}
process.exitCode = failures === 0 ? 0 : 1;

function isWanted(scenes: readonly Scene[]): boolean {
  return scenes.some(({ name }) => only?.includes(name) ?? true);
}

async function takeAll(scenes: readonly Scene[]): Promise<void> {
  const wanted = scenes.filter(({ name }) => only?.includes(name) ?? true);
  for (const [suffix, theme] of Object.entries(themes)) {
    const taken = wanted.filter(({ contrast }) => contrast === true || !suffix.startsWith('hc-'));
    if (taken.length === 0 || !values.themes.split(',').includes(suffix)) continue;
    await stage.sam.setTheme(theme);
    for (const scene of taken) await take(scene, `${scene.name}-${suffix}`);
  }
}

/** Takes a picture. One that fails leaves a picture of what there was instead, and the others go on. */
async function take(scene: Scene, name: string): Promise<void> {
  try {
    await scene.show(stage);
    if (scene.pointer !== true) await stage.pointAway();
    const small = smallPng(await photograph(scene));
    await writeFile(path.join(folder, `${name}.png`), small);
    console.log(`${name}.png  ${(small.length / 1000).toFixed(1)} kB`);
    await scene.leave?.(stage);
  } catch (error) {
    failures++;
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    await stage.window.screenshot(path.join(folder, `${name}.failed.png`));
  }
}

async function photograph({ zoom }: Scene): Promise<Buffer> {
  const { page } = stage.window;
  if (zoom === undefined) return page.screenshot({ animations: 'disabled' });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setDeviceMetricsOverride', { ...zoom, deviceScaleFactor: 2, mobile: false });
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'png' });
  await devtools.send('Emulation.clearDeviceMetricsOverride');
  await devtools.detach();
  return Buffer.from(data, 'base64');
}
