import manifest from '../package.json' with { type: 'json' };

/** This server's version. The import is part of the bundle, where package.json is not beside the code. */
export const VERSION: string = manifest.version;

/** The oldest version of Node on which it runs. */
export const NEEDS_NODE: string = manifest.engines.node.replace('>=', '');
