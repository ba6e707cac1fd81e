export declare const repositoryRoot: string;
export declare const cacheDirectory: string;
export declare function npm(
  args: readonly string[],
  options?: { cwd?: string; inherit?: boolean },
): Promise<string>;
export declare function installOnce(
  target: string,
  fill: (temporary: string) => Promise<void>,
): Promise<string>;
export declare function nodeRuntime(major: 22 | 24): Promise<string>;
export declare function ensurePackages(): Promise<void>;
