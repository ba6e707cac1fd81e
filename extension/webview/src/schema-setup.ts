import { config } from 'zod/mini';

/**
 * The page's Content Security Policy forbids `eval`, with which zod would compile its schemas: without this switch it
 * tries, and each page reports a violation. Imported first, because a schema reads the switch when it is made.
 */
config({ jitless: true });
