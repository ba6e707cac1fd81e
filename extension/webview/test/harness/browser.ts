import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build, type PluginBuild } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import * as z from 'zod';
import { chromium as chromiumPath } from '../../../../scripts/lib/chromium.ts';
import { MissingPrerequisite } from '../../../../scripts/lib/prerequisite.ts';
import { cardMessage, type Card, type CardMessage } from '../../../src/card-api.ts';
import { pageMessage, type PageMessage } from '../../../src/page-api.ts';
import type { HostMessage } from '../../../src/panel-api.ts';
import type { PageTranslations } from '../../../src/page-translations.ts';
import { panelHtml } from '../../../src/vscode/panel-html.ts';

/** themes.json holds the variables that the page uses, with the values that VS Code 1.139 gives them in each theme. */
const themes = z
  .record(z.string(), z.object({ bodyClass: z.string(), variables: z.record(z.string(), z.string()) }))
  .parse(JSON.parse(readFileSync(path.join(import.meta.dirname, 'themes.json'), 'utf8')));
export const THEMES = ['dark', 'light', 'dark-2026', 'light-plus', 'hc-dark', 'hc-light'] as const;
export type Theme = (typeof THEMES)[number];

const ORIGIN = 'https://page.test';

/** What the chat page loads later, from beside its script: by folder. */
const LATER = { highlight: 'code', emoji: 'emoji' } as const;
type Later = keyof typeof LATER;

/** "Now" for every page: what is called today does not depend on the day the tests run. */
export const NOW = new Date(2026, 4, 14, 11, 30).getTime();

export interface OpenOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** The page's words in another language. */
  readonly translations?: PageTranslations;
  /** What the page shows until it is told everything, in HTML. */
  readonly glance?: string;
}

/** The two pages: what the document holds, the script's source, and what they post. */
const pages = {
  chat: { element: 'p2p-chat', entry: 'main.ts' },
  card: { element: 'p2p-chat-card', entry: 'card/main.ts' },
} as const;
type PageKind = keyof typeof pages;

/** Every script that makes nodes of text does so by a policy of these names, and nothing else may. */
const TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types lit-html dompurify";

/** Chromium, with one tab, and the bundles of the pages; or the reason why there are none. */
export class PageLab {
  readonly #browser: Browser;
  readonly #tab: Page;
  #open: OpenPage<unknown, unknown> | undefined;
  #translations: PageTranslations = {};
  #glance = '';

  private constructor(browser: Browser, tab: Page) {
    this.#browser = browser;
    this.#tab = tab;
  }

  /** `time`: that of the tests, which stands still, or the real one, with real frames. */
  static async start(time: 'fixed' | 'real' = 'fixed'): Promise<PageLab | MissingPrerequisite> {
    try {
      const executablePath = await chromiumPath();
      const scripts = {
        chat: await bundle(pages.chat.entry),
        card: await bundle(pages.card.entry),
        highlight: await bundle(`${LATER.highlight}/highlight.ts`),
        emoji: await bundle(`${LATER.emoji}/emoji.ts`),
      };
      const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
      const tab = await browser.newPage({ locale: 'en-US', reducedMotion: 'reduce' });
      const lab = new PageLab(browser, tab);
      if (time === 'fixed') await tab.clock.setFixedTime(NOW);
      await lab.#furnish(scripts);
      return lab;
    } catch (error) {
      if (error instanceof MissingPrerequisite) return error;
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }

  /** The page as a panel shows it, in the document that the extension gives it, with its Content Security Policy. */
  async open(options: OpenOptions = {}): Promise<PanelPage> {
    const panel: PanelPage = new OpenPage(this.#tab, pageMessage);
    await this.#load(panel, 'chat', options);
    return panel;
  }

  /** The page of a card, in the same way. */
  async openCard(options: OpenOptions = {}): Promise<CardPage> {
    const card: CardPage = new OpenPage(this.#tab, cardMessage);
    await this.#load(card, 'card', options);
    return card;
  }

  /** What the tab has whatever it shows: the site, and the host's end of the channel. */
  async #furnish(scripts: Readonly<Record<PageKind | Later, string>>): Promise<void> {
    const tab = this.#tab;
    await tab.route(`${ORIGIN}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      const kind = pathname.includes('card') ? 'card' : 'chat';
      const script = laterOf(pathname) ?? kind;
      await (route.request().resourceType() === 'script'
        ? route.fulfill({ contentType: 'text/javascript', body: scripts[script] })
        : route.fulfill({
            contentType: 'text/html',
            headers: { 'Content-Security-Policy': TRUSTED_TYPES },
            body: documentOf(kind, this.#translations, this.#glance),
          }));
    });
    tab.on('pageerror', (error) => this.#open?.troubles.push(String(error)));
    tab.on('request', (request) => this.#open?.requests.push(request.url()));
    tab.on('console', (message) => {
      if (message.type() === 'error') this.#open?.troubles.push(message.text());
    });
    await tab.exposeFunction('hostGot', (message: unknown) => this.#open?.hear(message));
    await tab.exposeFunction('trouble', (text: string) => this.#open?.troubles.push(text));
    await tab.addInitScript(stageWebview, themes);
  }

  async #load<Posted, Told>(
    page: OpenPage<Posted, Told>,
    kind: PageKind,
    { theme = 'dark', width = 760, height = 640, translations = {}, glance = '' }: OpenOptions,
  ): Promise<void> {
    // Nothing that the page before it still does or says is taken for this one's.
    this.#open = undefined;
    await this.#tab.goto('about:blank');
    await this.#tab.setViewportSize({ width, height });
    await this.#tab.mouse.move(0, 0);
    this.#open = page;
    this.#translations = translations;
    this.#glance = glance;
    await this.#tab.goto(`${ORIGIN}/${kind}#${theme}`);
    // Its script runs once the document was painted.
    await this.#tab.evaluate(async (tag) => {
      await customElements.whenDefined(tag);
    }, pages[kind].element);
  }
}

function documentOf(kind: PageKind, translations: PageTranslations, glance: string): string {
  return panelHtml({
    script: `${ORIGIN}/${kind}.js`,
    nonce: 'dGVzdA',
    title: 'Carol',
    locale: 'en',
    translations,
    element: pages[kind].element,
    glance,
  });
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, '../../src', entry)],
    bundle: true,
    plugins: [{ name: 'later', setup: leaveOut }],
    absWorkingDir: path.join(import.meta.dirname, '../../../..'),
    alias: {
      entities: './extension/webview/src/text/entities.ts',
      mdurl: './extension/webview/src/text/addresses.ts',
      'punycode.js': './extension/webview/src/text/hosts.ts',
    },
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

/** As esbuild.mjs does it. */
function leaveOut(build: PluginBuild): void {
  build.onResolve({ filter: /\.ts$/ }, ({ kind, path: imported }) => {
    const later = kind === 'dynamic-import' ? laterOf(imported) : undefined;
    return later === undefined ? undefined : { path: `./${later}.js`, external: true };
  });
}

function laterOf(address: string): Later | undefined {
  const name = path.basename(address).replace(/\.\w+$/, '');
  return name === 'highlight' || name === 'emoji' ? name : undefined;
}

export type PanelPage = OpenPage<PageMessage, HostMessage>;
export type CardPage = OpenPage<CardMessage, Card>;

/** One open page and the host's end of its channel. */
export class OpenPage<Posted, Told> {
  readonly page: Page;
  /** What the page posted, in order. */
  readonly posted: Posted[] = [];
  /** Errors, and violations of the Content Security Policy. */
  readonly troubles: string[] = [];
  /** Addresses that the page asked for. */
  readonly requests: string[] = [];
  readonly #schema: z.core.$ZodType<Posted>;

  /** Everything that the page posts must match the schema. */
  constructor(page: Page, schema: z.core.$ZodType<Posted>) {
    this.page = page;
    this.#schema = schema;
  }

  /** The page posts to its host. */
  hear(message: unknown): void {
    this.posted.push(z.parse(this.#schema, message));
  }

  /** The host posts to the page. */
  async tell(message: Told): Promise<void> {
    await this.page.evaluate(async (data) => {
      window.postMessage(data, '*');
      // Lit renders in microtasks, and what follows a render is there with the frame after the next.
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    }, message);
  }

  /** What follows from an event is there with the frame after the next. */
  async frames(): Promise<void> {
    await this.page.evaluate(async () => {
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    });
  }
}

/** What was posted of one type, in order. */
export function ofType<Type extends PageMessage['type']>(
  panel: PanelPage,
  type: Type,
): Extract<PageMessage, { type: Type }>[] {
  return panel.posted.filter(
    (message): message is Extract<PageMessage, { type: Type }> => message.type === type,
  );
}

/** Runs in the page before anything else: what VS Code puts into a webview's document, in the theme that the hash names. */
function stageWebview(all: typeof themes): void {
  const call = (name: string, value: unknown): void => {
    const target: unknown = Reflect.get(globalThis, name);
    if (typeof target === 'function') Reflect.apply(target, undefined, [value]);
  };
  Reflect.set(globalThis, 'acquireVsCodeApi', () => ({
    postMessage: (message: unknown) => call('hostGot', message),
    setState: () => undefined,
    getState: () => undefined,
  }));
  document.addEventListener('securitypolicyviolation', (event) => {
    call('trouble', `CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    @layer vscode-default {
      body { background-color: transparent; color: var(--vscode-editor-foreground); margin: 0; padding: 0 20px;
        font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); }
      a:focus, input:focus, select:focus, textarea:focus { outline: 1px solid -webkit-focus-ring-color; outline-offset: -1px; }
    }`);
  document.adoptedStyleSheets.push(sheet);
  const dress = (): void => {
    const theme = all[location.hash.slice(1)];
    for (const [name, value] of Object.entries(theme?.variables ?? {})) {
      document.documentElement.style.setProperty(name, value);
    }
    document.body.className = theme?.bodyClass ?? '';
  };
  document.addEventListener('DOMContentLoaded', dress);
}
