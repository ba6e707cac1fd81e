import { AddressError, DataFolderInUseError, PortTakenError, StartError } from './errors.ts';
import { OptionError } from './options.ts';

/** Tells the person at the terminal why a command did not go well. @returns its exit code */
export function report(error: unknown): number {
  if (error instanceof OptionError) {
    process.stderr.write(`discovery-server: ${error.message}. Try --help.\n`);
    return 2;
  }
  const what = error instanceof StartError ? error.message : unforeseen(error);
  process.stderr.write(`discovery-server: ${what}\n`);
  return exitCodeOf(error);
}

/** What a program that starts this one can do something about has a code of its own; see HELP. */
function exitCodeOf(error: unknown): number {
  if (error instanceof PortTakenError) return 3;
  if (error instanceof AddressError) return 4;
  return error instanceof DataFolderInUseError ? 5 : 1;
}

/** A fault of the program: whoever reports it needs the stack. */
function unforeseen(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
