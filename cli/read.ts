import { type ExitCode, exitCodes, UsageError } from './errors.ts';
import { type Io, printLine } from './io.ts';
import type { ReadOptions } from './options.ts';
import { type PredictionAnswer, Service } from './service.ts';
import { bars } from './terminal.ts';

/** `mlg read`: shows the status of one request, and its classes. */
export async function read({ url, id, json }: ReadOptions, io: Io): Promise<ExitCode> {
  const answer = await new Service(url, io).read(id);
  if (!answer) throw new UsageError(`${url} knows no request ${id}.`);
  const lines = json ? [JSON.stringify(answer)] : inWords(answer);
  for (const line of lines) printLine(io.out, line);
  return answer.status === 'failed' ? exitCodes.failed : exitCodes.done;
}

function inWords({ status, model, preds, error, queue, typical_seconds }: PredictionAnswer): string[] {
  if (preds) return [`done, by ${model}`, ...bars(preds).map((bar) => `  ${bar}`)];
  if (status === 'failed') return [`failed: ${error?.message}`];
  const known = [
    queue?.position ? `place ${queue.position} in the queue` : undefined,
    queue?.position && queue.next_run_at ? `next run at ${queue.next_run_at}` : undefined,
    typical_seconds ? `typically takes ${typical_seconds.toFixed(0)} s once a run works on it` : undefined,
  ];
  return [[`${status}, for ${model}`, ...known.filter((part) => part !== undefined)].join('; ')];
}
