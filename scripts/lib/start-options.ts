/** What `npm start` can be told. */
import { parseArgs } from 'node:util';

export const startHelp = `npm start [-- options]

Starts a discovery server and two VS Code windows for the example accounts Sam and Carol, ready to chat: the desktop
VS Code where there is a \`code\` command and a display, otherwise VS Code in your browser. Ctrl-C stops everything.

  --port PORT        the discovery server's port (8000)
  --sam-port PORT    the port of Sam's VS Code in the browser (8001)
  --carol-port PORT  the port of Carol's VS Code in the browser (8002)
  --only sam|carol   open one of the two
  --server URL       use this discovery server; none is started
  --browser          VS Code in the browser even where a desktop VS Code could be used
  --fresh            forget what the example accounts did before
  --help             this text

Everything is kept in data/, which git ignores.`;

export interface StartOptions {
  readonly port: number;
  readonly samPort: number;
  readonly carolPort: number;
  readonly users: readonly ('Sam' | 'Carol')[];
  readonly server: string | undefined;
  readonly browser: boolean;
  readonly fresh: boolean;
}

/** A mistake in the options; its message says which. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

export function readStartOptions(args: string[]): StartOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const options = {
    port: port('--port', values.port),
    samPort: port('--sam-port', values['sam-port']),
    carolPort: port('--carol-port', values['carol-port']),
    users: users(values.only),
    server: values.server === undefined ? undefined : server(values.server),
    browser: values.browser,
    fresh: values.fresh,
  };
  const used = [options.server === undefined ? options.port : undefined, options.samPort, options.carolPort];
  if (new Set(used).size < used.length) throw new OptionsError('each of the three ports must be another');
  return options;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string', default: '8000' },
        'sam-port': { type: 'string', default: '8001' },
        'carol-port': { type: 'string', default: '8002' },
        only: { type: 'string' },
        server: { type: 'string' },
        browser: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error));
  }
}

function port(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new OptionsError(`${option} is a number from 1 to 65535, not "${text}"`);
  }
  return value;
}

function users(only: string | undefined): ('Sam' | 'Carol')[] {
  switch (only?.toLowerCase()) {
    case undefined:
      return ['Sam', 'Carol'];
    case 'sam':
      return ['Sam'];
    case 'carol':
      return ['Carol'];
    default:
      throw new OptionsError(`--only is sam or carol, not "${only ?? ''}"`);
  }
}

function server(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new OptionsError(`--server is an address such as http://127.0.0.1:8000, not "${text}"`);
  }
  return text;
}
