import * as vscode from 'vscode';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The "P2P Chat" output channel, made at the first line. Never gets a message's text or a secret. */
export class Log implements vscode.Disposable {
  #channel: vscode.LogOutputChannel | undefined;

  write(level: LogLevel, text: string): void {
    this.#open()[level](text);
  }

  show(): void {
    this.#open().show();
  }

  dispose(): void {
    this.#channel?.dispose();
  }

  #open(): vscode.LogOutputChannel {
    return (this.#channel ??= vscode.window.createOutputChannel('P2P Chat', { log: true }));
  }
}
