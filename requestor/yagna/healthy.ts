import { isHealthy } from './health.ts';
import { daemonSettings } from './settings.ts';

/** The container's health check. */
process.exit((await isHealthy(daemonSettings(process.env))) ? 0 : 1);
