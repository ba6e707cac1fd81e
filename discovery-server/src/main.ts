import { runCommand } from './command.ts';
import { prometheusMetrics } from './prometheus.ts';

process.exitCode = await runCommand({ metrics: prometheusMetrics });
