import * as vscode from 'vscode';
import type { PersonFace } from './person-face.ts';
import { CommandId } from './command-ids.ts';
import { personIcon, warningIcon } from './person-icon.ts';

/** A line of the tree. The same person is the same object for ever: VS Code keeps selection and focus by it. */
export interface PersonNode {
  face: PersonFace | undefined;
}

/** What a tree shows now, in order; `more` adds a line that loads more. */
export interface Shown {
  readonly faces: readonly PersonFace[];
  readonly more: boolean;
}

/** How often "last seen 5 min ago" is looked at again while it is on the screen. */
const CLOCK_INTERVAL_MS = 60_000;

/** A flat, live list of people. `update` asks for what to show and refreshes only what differs. */
export class PeopleTree implements vscode.TreeDataProvider<PersonNode>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<PersonNode | PersonNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  readonly #open: string;
  readonly #read: () => Shown;
  readonly #nodes = new Map<string, PersonNode>();
  readonly #moreNode: PersonNode = { face: undefined };
  #order: readonly PersonNode[] = [];
  #clock: NodeJS.Timeout | undefined;

  /** @param open the command that opens whoever is selected */
  constructor(open: string, read: () => Shown) {
    this.#open = open;
    this.#read = read;
    this.#arrange();
  }

  /** Whether nobody is listed. */
  get empty(): boolean {
    return this.#order.length === 0;
  }

  /** The line of this person, if they are listed. */
  find(id: string): PersonNode | undefined {
    return this.#nodes.get(id);
  }

  update(): void {
    const before = this.#order;
    const changed = this.#arrange();
    const sameOrder =
      before.length === this.#order.length && before.every((node, index) => node === this.#order[index]);
    if (!sameOrder) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
  }

  /** While visible, times on the screen are kept true. */
  setVisible(visible: boolean): void {
    clearInterval(this.#clock);
    this.#clock = undefined;
    if (!visible) return;
    this.update();
    this.#clock = setInterval(() => this.update(), CLOCK_INTERVAL_MS);
  }

  getChildren(node?: PersonNode): PersonNode[] {
    return node === undefined ? [...this.#order] : [];
  }

  getParent(): undefined {
    return undefined;
  }

  getTreeItem(node: PersonNode): vscode.TreeItem {
    return node.face === undefined ? moreItem() : personItem(node.face, this.#open);
  }

  dispose(): void {
    clearInterval(this.#clock);
    this.#changed.dispose();
  }

  /** Takes over what is to be shown; returns the lines that were there and look different now. */
  #arrange(): PersonNode[] {
    const { faces, more } = this.#read();
    const changed: PersonNode[] = [];
    const order = faces.map((face) => {
      const node = this.#nodes.get(face.id) ?? { face };
      if (node.face !== face && JSON.stringify(node.face) !== JSON.stringify(face)) {
        node.face = face;
        changed.push(node);
      }
      this.#nodes.set(face.id, node);
      return node;
    });
    const present = new Set(faces.map(({ id }) => id));
    for (const id of [...this.#nodes.keys()]) if (!present.has(id)) this.#nodes.delete(id);
    this.#order = more ? [...order, this.#moreNode] : order;
    return changed;
  }
}

function personItem(face: PersonFace, open: string): vscode.TreeItem {
  const item = new vscode.TreeItem(face.name, vscode.TreeItemCollapsibleState.None);
  item.id = face.id;
  item.description = face.description;
  item.iconPath = face.warning ? warningIcon() : personIcon(face);
  item.contextValue = [face.kind, ...face.marks].join(' ');
  item.accessibilityInformation = { label: face.label, role: 'treeitem' };
  item.tooltip = personTooltip(face);
  // Without arguments: VS Code forgets those of an item as soon as it is refreshed, and a click just then does nothing.
  item.command = { command: open, title: vscode.l10n.t('Open Chat') };
  return item;
}

function personTooltip(face: PersonFace): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown('**').appendText(face.name).appendMarkdown('**\n\n');
  for (const line of face.tooltip) tooltip.appendText(line).appendMarkdown('\n\n');
  tooltip.appendCodeblock(face.fingerprint.replace(/((?:\S+ ){7}\S+) /g, '$1\n'), 'text');
  return tooltip;
}

function moreItem(): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Load more…'), vscode.TreeItemCollapsibleState.None);
  item.id = 'load-more';
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.accessibilityInformation = { label: vscode.l10n.t('Load more people'), role: 'treeitem' };
  item.command = { command: CommandId.moreDirectory, title: vscode.l10n.t('Load more…') };
  return item;
}
