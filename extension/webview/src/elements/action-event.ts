/** What the person wants to do with the message of this order. */
export type Action =
  | { readonly does: 'reply' | 'edit' | 'delete' | 'copy'; readonly order: number }
  | { readonly does: 'react'; readonly order: number; readonly emoji: string; readonly on: boolean }
  /** The message of this order is to be shown. */
  | { readonly does: 'show'; readonly order: number };

export class ActionEvent extends Event {
  static readonly type = 'chat-action';
  readonly action: Action;

  constructor(action: Action) {
    super(ActionEvent.type, { bubbles: true, composed: true });
    this.action = action;
  }
}
