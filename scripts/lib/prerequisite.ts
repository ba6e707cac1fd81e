/**
 * What a machine may lack. A test layer that meets this error counts its tests as skipped and prints the reason: they
 * neither passed nor failed.
 */
export class MissingPrerequisite extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'MissingPrerequisite';
  }
}

/** An error's own words, on one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').trim();
}
