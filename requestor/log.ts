import { destination, pino } from 'pino';

/** JSON lines on standard output, with the keys of the functions' logger. Written at once: the process may be killed. */
export const logger = pino(
  {
    base: { service: 'requestor' },
    messageKey: 'message',
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label.toUpperCase() }) },
  },
  destination({ sync: true }),
);
