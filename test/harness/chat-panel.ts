/**
 * The chat panel with one person, by the roles and names that it promises to screen readers.
 *
 *     const chat = await window.chat('Carol');
 *     await chat.send('Hello');
 *     await chat.arrived('Hello').waitFor();
 *     await chat.notice('Carol just connected').waitFor();
 *     await chat.messages();            // every message's text, oldest first
 */
import type { FrameLocator, Locator } from 'playwright-core';

export class ChatPanel {
  readonly person: string;
  /** The panel's document. */
  readonly frame: FrameLocator;

  constructor(person: string, frame: FrameLocator) {
    this.person = person;
    this.frame = frame;
  }

  get conversation(): Locator {
    return this.frame.getByRole('log', { name: `Conversation with ${this.person}` });
  }

  get box(): Locator {
    return this.frame.getByRole('textbox', { name: `Message ${this.person}` });
  }

  /** Writes into the message box and presses Enter. */
  async send(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press('Enter');
  }

  /** Does with a message what the bar at it offers, such as "Reply". */
  async act(text: string | RegExp, action: string): Promise<void> {
    await this.message(text).first().hover();
    await this.conversation.getByRole('toolbar').getByRole('button', { name: action, exact: true }).click();
  }

  /** Presses a button of a bar above the box, such as "Accept" for a request. */
  async decide(button: string): Promise<void> {
    await this.frame.getByRole('button', { name: button, exact: true }).click();
  }

  /** Every message. */
  get rows(): Locator {
    return this.conversation.getByRole('article');
  }

  /** The messages that show this text. */
  message(text: string | RegExp): Locator {
    return this.rows.filter({ hasText: text });
  }

  /** The state of my message with this text, once the other has it, read or not. */
  arrived(text: string | RegExp): Locator {
    return this.message(text).getByText(/^(delivered|read)$/);
  }

  /** Lines between the messages, such as "Carol just connected". */
  notice(text: string | RegExp): Locator {
    return this.conversation.getByRole('note').filter({ hasText: text });
  }

  /** The text of every message with its sender, time and state, oldest first. */
  async messages(): Promise<string[]> {
    return this.rows.allInnerTexts();
  }

  /** The lines that are no messages: who connected, who is away. */
  async notices(): Promise<string[]> {
    return this.conversation.getByRole('note').allInnerTexts();
  }
}
