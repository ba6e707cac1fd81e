/** Finds a Chromium for the tests, and installs Debian's where that is possible without asking anybody. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { installFromDebian, mayInstall, onPath } from './debian.ts';
import { MissingPrerequisite } from './prerequisite.ts';

/** Debian's package and program without a window, which starts a VS Code with a fifth less work. */
const headlessShell = 'chromium-headless-shell';

const names = [
  headlessShell,
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
];

const wellKnown: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => {
    const folder = process.env[name];
    return folder === undefined ? [] : [path.join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')];
  }),
};

/** The path of a Chromium or Chrome; a MissingPrerequisite that says what to do where there is none. */
export async function chromium(): Promise<string> {
  const given = process.env['CHROMIUM'];
  if (given !== undefined && given !== '') {
    if (existsSync(given)) return given;
    throw new MissingPrerequisite(`CHROMIUM names ${given}, which does not exist`);
  }
  const found = find();
  if (found !== undefined) return found;
  if (mayInstall()) return installChromium();
  throw new MissingPrerequisite(
    'no Chromium here: install Chromium or Chrome, or set CHROMIUM to the path of one',
  );
}

function find(): string | undefined {
  const known = wellKnown[process.platform]?.find((file) => existsSync(file));
  return known ?? names.map(onPath).find((file) => file !== undefined);
}

/** Installs the headless shell beside another Chromium, where that is possible; tests can do without. */
export async function ensureHeadlessShell(): Promise<void> {
  if (onPath(headlessShell) === undefined && mayInstall()) await installFromDebian(headlessShell);
}

async function installChromium(): Promise<string> {
  await installFromDebian('chromium');
  const found = find();
  if (found === undefined)
    throw new MissingPrerequisite('apt-get installed no Chromium that can be found on PATH');
  return found;
}
