/** The typed door to bootstrap.mjs: where the workspace lies, and the two Nodes that VS Code ships. */
import * as bootstrap from './bootstrap.mjs';

export const repositoryRoot: string = bootstrap.repositoryRoot;
export const cacheDirectory: string = bootstrap.cacheDirectory;
export const npm = bootstrap.npm;
export const installOnce = bootstrap.installOnce;

export type NodeMajor = 22 | 24;

/** The path of a Node binary of this major version, fetched from the npm registry where the running one is another. */
export function nodeRuntime(major: NodeMajor): Promise<string> {
  return bootstrap.nodeRuntime(major);
}
