import { serveAdministration } from './admin/admin-server.ts';
import { operate } from './admin/operate.ts';
import { runCommand } from './command.ts';
import { prometheusMetrics } from './prometheus.ts';

process.exitCode = await runCommand({
  metrics: prometheusMetrics,
  administer: serveAdministration,
  operate,
});
