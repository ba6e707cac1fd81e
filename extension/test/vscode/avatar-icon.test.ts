import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HUES } from '../../src/avatar.ts';
import { avatarAddress, avatarSvg, type IconTheme, type Portrayed } from '../../src/vscode/avatar-icon.ts';

const THEMES: readonly IconTheme[] = ['dark', 'light'];

const portrayed = (over: Partial<Portrayed> = {}): Portrayed => ({
  id: '0001'.padEnd(64, '0'),
  name: 'Carol',
  presence: 'online',
  calls: false,
  ...over,
});
const fillOf = (svg: string): string => /<circle cx="7.5"[^>]* fill="(#\w+)"/.exec(svg)?.[1] ?? '';

/** How bright a colour is, as WCAG counts it. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const part = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe("a person's icon in a list", () => {
  test('has the colour of the identity and the initial of the name, whatever the presence', () => {
    for (const theme of THEMES) {
      const svgs = (['online', 'offline', 'unknown'] as const).map((presence) =>
        avatarSvg(portrayed({ presence }), theme),
      );
      assert.equal(new Set(svgs.map(fillOf)).size, 1);
      assert.equal(new Set(svgs).size, 3);
      for (const svg of svgs) assert.match(svg, />C<\/text>/);
      const other = avatarSvg(portrayed({ id: '0002'.padEnd(64, '0') }), theme);
      assert.notEqual(fillOf(other), fillOf(svgs[0] ?? ''));
    }
  });

  test('bears its letter so that it can be read, in each colour', () => {
    for (const theme of THEMES) {
      for (let hue = 0; hue < HUES; hue++) {
        const svg = avatarSvg(portrayed({ id: hue.toString(16).padStart(4, '0').padEnd(64, '0') }), theme);
        const letter = /<text[^>]* fill="(#\w+)"/.exec(svg)?.[1] ?? '';
        const [dark = 0, bright = 0] = [fillOf(svg), letter].map(luminance).toSorted((a, b) => a - b);
        assert.ok((bright + 0.05) / (dark + 0.05) >= 4.5, `${theme} ${hue}`);
      }
    }
  });

  test('has a dot for what is not read, which is seen on the ground of any list', () => {
    const grounds = { dark: ['#181818', '#37373d'], light: ['#f8f8f8', '#e4e6f1'] };
    for (const theme of THEMES) {
      assert.doesNotMatch(avatarSvg(portrayed(), theme), /cy="3"/);
      const svg = avatarSvg(portrayed({ calls: true }), theme);
      const dot = /<circle cx="13" cy="3" r="2.7" fill="(#\w+)"/.exec(svg)?.[1] ?? '';
      for (const ground of grounds[theme]) {
        const [dark = 0, bright = 0] = [dot, ground].map(luminance).toSorted((a, b) => a - b);
        assert.ok((bright + 0.05) / (dark + 0.05) >= 3, `${theme} on ${ground}`);
      }
    }
  });

  test('is one address without anything that the name could end', () => {
    const address = avatarAddress(portrayed({ name: '<svg onload="x">' }), 'dark');
    const [, base64 = ''] = /^data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)$/.exec(address) ?? [];
    assert.match(Buffer.from(base64, 'base64').toString(), />&#60;<\/text>/);
  });

  test('is a question mark for somebody whom no directory names', () => {
    assert.match(avatarSvg(portrayed({ name: '#0123456789' }), 'light'), />\?<\/text>/);
  });
});
