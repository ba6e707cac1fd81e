import { runCommand } from './command.ts';

/** The command as it ships with the extension: it serves, and has nothing that only an operator asks for. */
process.exitCode = await runCommand({});
