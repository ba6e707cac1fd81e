import { hueOf, initialOf } from '../avatar.ts';
import type { PresenceState } from '../peer-api.ts';

/** Whom an icon of a list stands for. */
export interface Portrayed {
  /** The identity's fingerprint. */
  readonly id: string;
  readonly name: string;
  readonly presence: PresenceState;
  /** Whether they wrote what is not read and may be noticed. */
  readonly calls: boolean;
}

/** The two kinds of theme for which VS Code lets an icon differ; those of high contrast count as one or the other. */
export type IconTheme = 'dark' | 'light';

/**
 * The chat page's colours, as VS Code's own themes have them: a picture knows no theme. All bear the letter with a
 * contrast of 4.5 or more.
 */
const PALETTES = {
  dark: {
    hues: ['#89d185', '#b180d7', '#cca700', '#f48771', '#cccccc', '#d18616'],
    letter: '#1f1f1f',
    online: '#89d185',
    away: '#9d9d9d',
    news: '#59a4f9',
  },
  light: {
    hues: ['#2f7a2c', '#652d90', '#895503', '#b5200d', '#616161', '#a84400'],
    letter: '#ffffff',
    online: '#388a34',
    away: '#717171',
    news: '#005fb8',
  },
} as const;

/** The mark at the lower right: filled for online, hollow otherwise, so that the shape tells it without the colour. */
function presenceMark(presence: PresenceState, { online, away }: (typeof PALETTES)[IconTheme]): string {
  switch (presence) {
    case 'online':
      return `<circle cx="12.5" cy="12.5" r="3" fill="${online}"/>`;
    case 'offline':
      return `<circle cx="12.5" cy="12.5" r="2.4" fill="none" stroke="${away}" stroke-width="1.2"/>`;
    case 'unknown':
      return `<circle cx="12.5" cy="12.5" r="2.4" fill="none" stroke="${away}" stroke-width="1.2" stroke-dasharray="1.4 1.1"/>`;
  }
}

/** A coloured disc with an initial, the presence, and a dot for what is not read, 16 pixels wide: an SVG picture. */
export function avatarSvg({ id, name, presence, calls }: Portrayed, theme: IconTheme): string {
  const palette = PALETTES[theme];
  const fill = palette.hues[hueOf(id)] ?? palette.away;
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">',
    // The disc leaves room around the marks, through which the row's own background shows.
    '<mask id="m"><rect width="16" height="16" fill="#fff"/><circle cx="12.5" cy="12.5" r="4" fill="#000"/>',
    `${calls ? '<circle cx="13" cy="3" r="3.5" fill="#000"/>' : ''}</mask>`,
    `<g mask="url(#m)"><circle cx="7.5" cy="7.5" r="7.5" fill="${fill}"/>`,
    `<text x="7" y="10.7" text-anchor="middle" font-family="sans-serif" font-size="9" font-weight="600" fill="${palette.letter}">`,
    `${escapeXml(initialOf(name))}</text></g>`,
    calls ? `<circle cx="13" cy="3" r="2.7" fill="${palette.news}"/>` : '',
    `${presenceMark(presence, palette)}</svg>`,
  ].join('');
}

/** The same as an address, which holds the whole picture: nothing is written to a disk for it. */
export function avatarAddress(portrayed: Portrayed, theme: IconTheme): string {
  return `data:image/svg+xml;base64,${Buffer.from(avatarSvg(portrayed, theme)).toString('base64')}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
