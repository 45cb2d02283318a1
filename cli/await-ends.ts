import { forEachConcurrently } from '../process/concurrency.ts';
import { Unreachable } from './errors.ts';
import type { Io } from './io.ts';
import type { Report } from './report.ts';
import type { PredictionAnswer, Service } from './service.ts';
import type { LiveLine } from './terminal.ts';

/** Requests are worked on in the order they came, so the oldest show when to look at the others. */
const askedAtOnce = 16;
const parallel = 4;
/** ms */
const pauseMs = 2_000;

export interface Waiting {
  readonly io: Io;
  readonly report: Report;
  readonly progress: LiveLine;
  /** s */
  readonly timeout: number;
}

/**
 * Polls requests until all have ended, and reports each as it ends.
 * @param requests request id by file
 * @throws Unreachable when they have not ended in time
 */
export async function awaitEnds(
  requests: ReadonlyMap<string, string>,
  service: Service,
  { io, report, progress, timeout }: Waiting,
): Promise<void> {
  const waiting = new Map(requests);
  const deadline = io.clock() + timeout * 1000;
  while (waiting.size > 0) {
    const asked = [...waiting].slice(0, askedAtOnce);
    let latest: PredictionAnswer | undefined;
    await forEachConcurrently(asked, parallel, async ([file, id]) => {
      const answer = await service.read(id);
      if (answer && answer.status !== 'done' && answer.status !== 'failed') {
        latest = answer;
        return;
      }
      waiting.delete(file);
      progress.end();
      report.ended(file, id, answer);
    });
    if (!latest) continue;
    if (io.clock() > deadline) {
      throw new Unreachable(`After ${timeout} s, ${waiting.size} of ${requests.size} have not ended. Ask again later.`);
    }
    progress.show(doing(latest), detail(latest, waiting.size, io.clock()));
    await io.pause(pauseMs);
    io.signal.throwIfAborted();
  }
}

function doing({ status }: PredictionAnswer): string {
  return status === 'running' ? 'A run is working on it' : 'Waiting for the next run';
}

function detail({ queue }: PredictionAnswer, left: number, now: number): string {
  const parts = [`${left} to go`];
  if (queue?.position) parts.push(`place ${queue.position}`);
  const inSeconds = Math.round((Date.parse(queue?.next_run_at ?? '') - now) / 1000);
  if (queue?.position && inSeconds > 0) parts.push(`in ${inSeconds} s`);
  return ` (${parts.join(', ')})`;
}
