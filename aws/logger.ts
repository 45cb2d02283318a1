import { type Logger, pino, stdSerializers } from 'pino';

/**
 * Returns a logger that writes JSON lines to standard output, each at once: the process may be killed or frozen.
 * @param service who logs, in each line
 */
export function newLogger(service: string): Logger {
  return pino(
    {
      base: { service },
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
    },
    // Not pino's own destination: in a worker thread that would bypass the thread's standard output.
    { write: (line) => void process.stdout.write(line) },
  );
}
