import { boundedFetch } from './bounded-fetch.ts';
import { type Deadlines, defaultDeadlines, within } from './deadlines.ts';
import { FamilyExecutor } from './family-executor.ts';
import type { Judge } from './guard.ts';
import type { FamilyConfig, FromFamily, Job, ToFamily } from './messages.ts';
import type { Verdict } from './spending.ts';

/**
 * The program of a family process: one TaskExecutor for one provider image. It takes its parent's orders over IPC,
 * holds nothing that its parent could not lose, and ends on `close`, when its parent is gone, or when the SDK crashes.
 */
let deadlines: Deadlines = defaultDeadlines;
let executor: Promise<FamilyExecutor> | undefined;

globalThis.fetch = boundedFetch(fetch);
process.on('message', (message: ToFamily) => {
  if (message.type === 'start') start(message.config);
  if (message.type === 'classify') void classify(message.job);
  if (message.type === 'exclude') executor?.then((opened) => opened.exclude(message.provider)).catch(() => {});
  if (message.type === 'verdict') verdicts.get(message.question)?.(message.verdict);
  if (message.type === 'close') void close(deadlines.shutdown);
});
process.on('disconnect', () => void close(deadlines.orphan));
// The parent decides when this process ends; a Ctrl-C in a terminal reaches the whole group.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

function start(config: FamilyConfig): void {
  deadlines = config.deadlines;
  setInterval(() => send({ type: 'alive' }), deadlines.heartbeat).unref();
  executor = FamilyExecutor.open(config, process.env.YAGNA_APPKEY ?? '', send, judge);
  // Each job meets the failure by itself.
  executor.catch(() => {});
}

const verdicts = new Map<number, (verdict: Verdict) => void>();
let questions = 0;

/** Asks the parent, who has the run's money. Without a parent, nothing is paid: the next run does it. */
const judge: Judge = async (bill, contract) => {
  const question = ++questions;
  const verdict = new Promise<Verdict>((resolve) => verdicts.set(question, resolve));
  send({ type: 'bill', question, bill, contract });
  try {
    return await verdict;
  } finally {
    verdicts.delete(question);
  }
};

async function classify(job: Job): Promise<void> {
  try {
    if (!executor) throw new Error('The family process got work before its configuration.');
    await (await executor).classify(job);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const failure = { fault: 'platform', code: 'golem_unavailable', message, executorUnusable: true } as const;
    send({ type: 'failed', job: job.id, failure });
  }
}

let closing: Promise<void> | undefined;

/** Shuts down in order; `exit` ends what the SDK leaves running. */
function close(deadline: number): Promise<void> {
  closing ??= (async () => {
    try {
      const opened = await executor;
      await within({ ms: deadline }, opened?.shutdown() ?? Promise.resolve());
      process.exit(0);
    } catch {
      process.exit(1);
    }
  })();
  return closing;
}

function send(message: FromFamily): void {
  // A parent that is gone is noticed by 'disconnect'.
  if (process.connected) process.send?.(message, () => {});
}
