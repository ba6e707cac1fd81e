import { config } from 'zod/mini';

/**
 * Schemas are not compiled in the extension host: before zod compiles, it looks at `navigator`, for which VS Code
 * writes a warning into its log. Imported first, because a schema reads the switch when it is made.
 */
config({ jitless: true });
