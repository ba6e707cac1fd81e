/**
 * Fonts for pictures, such as a desktop has and a small machine has not: letters, code and emoji in colour. They are for
 * the browser that takes the pictures alone; nothing is installed on the machine.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from './child.ts';
import { onPath } from './debian.ts';
import { installOnce } from './node-runtime.ts';

/** Packages of Debian's. */
const packages = ['fonts-inter', 'fonts-jetbrains-mono', 'fonts-noto-color-emoji'];

/** What VS Code asks for on Linux, and what it is to get. */
const wanted = [
  ['system-ui', 'Inter'],
  ['sans-serif', 'Inter'],
  ['monospace', 'JetBrains Mono'],
  ['emoji', 'Noto Color Emoji'],
] as const;

/** The path of a fontconfig file with these fonts, for FONTCONFIG_FILE; undefined where they cannot be had. */
export async function pictureFonts(): Promise<string | undefined> {
  if (onPath('apt-get') === undefined || onPath('dpkg-deb') === undefined) return undefined;
  try {
    const folder = await installOnce(path.join(tmpdir(), 'p2p-chat-picture-fonts'), install);
    const file = path.join(folder, 'fonts.conf');
    await writeFile(file, configuration(path.join(folder, 'files')));
    return file;
  } catch (error) {
    console.error('Fonts for the pictures cannot be fetched, those of this machine are used:', error);
    return undefined;
  }
}

async function install(folder: string): Promise<void> {
  const downloads = path.join(folder, 'downloads');
  await mkdir(downloads);
  for (const name of packages) {
    await run('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], downloads);
  }
  await run('sh', ['-c', 'for each in *.deb; do dpkg-deb -x "$each" ../files; done'], downloads);
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const child = await Child.start(program, program, args, { cwd });
  const code = await child.finished;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${child.log}`);
}

function configuration(folder: string): string {
  const aliases = wanted.map(
    ([family, font]) =>
      `<match target="pattern"><test name="family"><string>${family}</string></test>` +
      `<edit name="family" mode="prepend" binding="strong"><string>${font}</string></edit></match>`,
  );
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<dir>${folder}</dir>
${aliases.join('\n')}
</fontconfig>
`;
}
