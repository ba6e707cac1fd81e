import * as vscode from 'vscode';
import * as z from 'zod/mini';

const httpSettings = z.object({
  proxy: z.catch(z.string(), ''),
  noProxy: z.catch(z.array(z.string()), []),
  proxySupport: z.catch(z.string(), ''),
});

/** What VS Code is set to use between this machine and a server on another; the environment's where it says nothing. */
export function currentProxy(): { proxy?: string; noProxy: string[] } {
  const http = vscode.workspace.getConfiguration('http');
  const { proxy, noProxy, proxySupport } = httpSettings.parse({
    proxy: http.get('proxy'),
    noProxy: http.get('noProxy'),
    proxySupport: http.get('proxySupport'),
  });
  return proxySupport === 'off' || proxy === '' ? { noProxy } : { proxy, noProxy };
}
