import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import * as z from 'zod';
import { chromium as chromiumPath } from '../../../../scripts/lib/chromium.ts';
import { MissingPrerequisite } from '../../../../scripts/lib/prerequisite.ts';
import { pageMessage, type HostMessage, type PageMessage } from '../../../src/panel-api.ts';
import { panelHtml } from '../../../src/vscode/panel-html.ts';

/** themes.json holds the variables that the page uses, with the values that VS Code 1.139 gives them in each theme. */
const themes = z
  .record(z.string(), z.object({ bodyClass: z.string(), variables: z.record(z.string(), z.string()) }))
  .parse(JSON.parse(readFileSync(path.join(import.meta.dirname, 'themes.json'), 'utf8')));
export type Theme = 'dark' | 'light' | 'dark-2026' | 'light-plus' | 'hc-dark' | 'hc-light';

const ORIGIN = 'https://page.test';

/** "Now" for every page: what is called today does not depend on the day the tests run. */
export const NOW = new Date(2026, 4, 14, 11, 30).getTime();

export interface OpenOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** As VS Code zooms: everything larger, with less room. */
  readonly zoom?: number;
  readonly reducedMotion?: boolean;
  readonly direction?: 'ltr' | 'rtl';
}

/** Chromium and the page's bundle, or the reason why there is none. */
export class PageLab {
  readonly #browser: Browser;
  readonly #script: string;

  private constructor(browser: Browser, script: string) {
    this.#browser = browser;
    this.#script = script;
  }

  static async start(): Promise<PageLab | MissingPrerequisite> {
    try {
      const executablePath = await chromiumPath();
      const bundle = await build({
        entryPoints: [path.join(import.meta.dirname, '../../src/main.ts')],
        bundle: true,
        format: 'esm',
        target: 'es2022',
        write: false,
        logLevel: 'error',
      });
      const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
      return new PageLab(browser, bundle.outputFiles[0]?.text ?? '');
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
    const {
      theme = 'dark',
      width = 760,
      height = 640,
      zoom = 1,
      reducedMotion = true,
      direction = 'ltr',
    } = options;
    const context = await this.#browser.newContext({
      viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) },
      deviceScaleFactor: zoom,
      locale: 'en-US',
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    });
    const page = await context.newPage();
    await page.clock.setFixedTime(NOW);
    const document = panelHtml({
      source: ORIGIN,
      script: `${ORIGIN}/webview.js`,
      nonce: 'dGVzdA',
      title: 'Carol',
      language: 'en',
    });
    await page.route(`${ORIGIN}/**`, (route) =>
      route.request().url().endsWith('.js')
        ? route.fulfill({ contentType: 'text/javascript', body: this.#script })
        : route.fulfill({ contentType: 'text/html', body: document }),
    );
    const panel = new PanelPage(page);
    await panel.load(ORIGIN, themes[theme] ?? { bodyClass: '', variables: {} }, direction);
    return panel;
  }
}

/** One open page and the host's end of its channel. */
export class PanelPage {
  readonly page: Page;
  /** What the page posted, in order. */
  readonly posted: PageMessage[] = [];
  /** The last state it asked VS Code to keep. */
  kept: unknown;
  /** Errors, and violations of the Content Security Policy. */
  readonly troubles: string[] = [];

  constructor(page: Page) {
    this.page = page;
  }

  async load(
    origin: string,
    theme: { readonly bodyClass: string; readonly variables: Readonly<Record<string, string>> },
    direction: string,
  ): Promise<void> {
    const { page } = this;
    page.on('pageerror', (error) => this.troubles.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.troubles.push(message.text());
    });
    await page.exposeFunction('hostGot', (message: unknown) => this.posted.push(pageMessage.parse(message)));
    await page.exposeFunction('hostKeeps', (state: unknown) => (this.kept = state));
    await page.exposeFunction('trouble', (text: string) => this.troubles.push(text));
    await page.addInitScript(stageWebview, { theme, direction });
    await page.goto(origin);
  }

  /** The host posts to the page. */
  async tell(message: HostMessage): Promise<void> {
    await this.page.evaluate(async (data) => {
      window.postMessage(data, '*');
      // Lit renders in microtasks, and what follows a render is there with the frame after the next.
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    }, message);
  }

  ofType<Type extends PageMessage['type']>(type: Type): Extract<PageMessage, { type: Type }>[] {
    return this.posted.filter(
      (message): message is Extract<PageMessage, { type: Type }> => message.type === type,
    );
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

interface Stage {
  readonly theme: { readonly bodyClass: string; readonly variables: Readonly<Record<string, string>> };
  readonly direction: string;
}

/** Runs in the page before anything else: what VS Code puts into a webview's document. */
function stageWebview({ theme, direction }: Stage): void {
  const call = (name: string, value: unknown): void => {
    const target: unknown = Reflect.get(globalThis, name);
    if (typeof target === 'function') Reflect.apply(target, undefined, [value]);
  };
  Reflect.set(globalThis, 'acquireVsCodeApi', () => ({
    postMessage: (message: unknown) => call('hostGot', message),
    setState: (state: unknown) => call('hostKeeps', state),
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
    for (const [name, value] of Object.entries(theme.variables)) {
      document.documentElement.style.setProperty(name, value);
    }
    document.documentElement.dir = direction;
    document.body.className = theme.bodyClass;
  };
  document.addEventListener('DOMContentLoaded', dress);
}
