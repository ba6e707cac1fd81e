/** An entry of a list that a person chooses from. */
export interface ListItem {
  /** Of whom it is about: another one may have the same name. */
  readonly id?: string;
  readonly label: string;
}

/** The entry of a new list that stands for the same as one of the list before. */
export function sameItem<Item extends ListItem>(items: readonly Item[], before: ListItem): Item | undefined {
  return items.find(({ id, label }) => id === before.id && (id !== undefined || label === before.label));
}
