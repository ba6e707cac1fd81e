import { OPERATIONS } from './options.ts';
import { keepCollectionsSmall } from './young-generation.ts';

const args = process.argv.slice(2);

// Each loads what it needs: an operator's command needs no web server.
if (args[0] === 'migrate') {
  const { migrate } = await import('./shared/migrate.ts');
  process.exitCode = await migrate(args.slice(1));
} else if (OPERATIONS.has(args[0] ?? '')) {
  const { operate } = await import('./admin/operate.ts');
  process.exitCode = await operate(args, process.env);
} else {
  keepCollectionsSmall();
  const { serveAdministration } = await import('./admin/admin-server.ts');
  const { runCommand } = await import('./command.ts');
  const { prometheusMetrics } = await import('./prometheus.ts');
  process.exitCode = await runCommand({
    metrics: prometheusMetrics,
    administer: serveAdministration,
    share: async (url, parts) => (await import('./shared/shared.ts')).openShared(url, parts),
  });
}
