import type { YagnaApi } from '@golem-sdk/golem-js';
import { TaskExecutor } from '@golem-sdk/task-executor';
import { required } from '../../aws/settings.ts';
import { MlgError } from '../../core/errors.ts';
import { classifyOn } from './classify-task.ts';
import { chunkMs, connectMs, engageMs, heartbeatMs, orphanMs, shutdownMs, within } from './deadlines.ts';
import { executorOptions } from './executor-options.ts';
import { guardedYagna } from './guard.ts';
import type { FamilyConfig, FromFamily, Job, JobFailure, ToFamily } from './messages.ts';
import { termsOf } from './spending.ts';

/**
 * The program of a family process: one TaskExecutor for one provider image. It does what its parent says over IPC,
 * holds nothing that its parent could not lose, and ends when told to, when its parent is gone, or when the SDK crashes.
 */
const excluded = new Set<string>();
let executor: Promise<TaskExecutor> | undefined;

process.on('message', (message: ToFamily) => {
  if (message.type === 'start') start(message.config);
  if (message.type === 'classify') void classify(message.job);
  if (message.type === 'close') void close(shutdownMs);
});
process.on('disconnect', () => void close(orphanMs));
// The parent decides when this process ends; a Ctrl-C in a terminal reaches the whole group.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

setInterval(() => tell({ type: 'alive' }), heartbeatMs).unref();

function start(config: FamilyConfig): void {
  for (const provider of config.excluded) excluded.add(provider);
  executor = create(config);
  // Each job meets the failure by itself.
  executor.catch(() => {});
}

async function create(config: FamilyConfig): Promise<TaskExecutor> {
  const apiKey = required(process.env, 'YAGNA_APPKEY');
  const yagna = guardedYagna(config.apiUrl, apiKey);
  tell({ type: 'session', session: yagna.appSessionId });
  const created = new TaskExecutor(executorOptions(config, yagna, excluded));
  report(created, yagna);
  await within(connectMs, created.init(), () => new Error(`The Golem daemon did not answer within ${connectMs} ms.`));
  return created;
}

/** Tells the parent whom the executor engages, who fails before any job, and what is paid. */
function report({ glm }: TaskExecutor, yagna: YagnaApi): void {
  glm.market.events.on('agreementApproved', ({ agreement: { id, provider } }) => {
    void termsOfAgreement(yagna, id).then((terms) => {
      if (terms) tell({ type: 'engaged', engagement: { agreement: id, provider: provider.id, ...terms } });
    });
  });
  glm.activity.events.on('errorInitializingExeUnit', ({ activity }) => {
    excluded.add(activity.provider.id);
    tell({ type: 'excluded', provider: activity.provider.id });
  });
  glm.payment.events.on('invoiceAccepted', ({ invoice }) => {
    tell({ type: 'paid', agreement: invoice.agreementId, glm: Number(invoice.amount) });
  });
}

/** Undefined when they cannot be read: the invoice will tell. */
async function termsOfAgreement(yagna: YagnaApi, id: string): Promise<ReturnType<typeof termsOf>> {
  try {
    const { offer } = await yagna.market.getAgreement(id);
    return termsOf(offer.properties as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

async function classify(job: Job): Promise<void> {
  const attempt = new Attempt();
  try {
    const { run } = await connected();
    const predictions = await attempt.resultOf(run, job);
    tell({ type: 'classified', job: job.id, provider: attempt.provider ?? 'unknown', predictions });
  } catch (error) {
    if (attempt.provider) excluded.add(attempt.provider);
    tell({ type: 'failed', job: job.id, failure: attempt.failure(error) });
  }
}

async function connected(): Promise<{ run: TaskExecutor['run'] }> {
  if (!executor) throw new Error('The family process got work before its configuration.');
  const connection = await executor;
  return { run: connection.run.bind(connection) };
}

/** One job's way through the executor. */
class Attempt {
  provider: string | undefined;
  #abandoned = false;

  /** The predictions as soon as they are there: `run` itself looks only every two seconds. */
  resultOf(run: TaskExecutor['run'], job: Job): ReturnType<typeof classifyOn> {
    return new Promise((resolve, reject) => {
      const engaged = Promise.withResolvers<void>();
      const task = run(
        async (exe) => {
          engaged.resolve();
          if (this.#abandoned) throw new Error('Nobody waits for this task any more.');
          this.provider = exe.provider.id;
          resolve(await within(chunkMs, classifyOn(exe, job), tooSlow));
        },
        { maxRetries: 0 },
      );
      task.catch(reject);
      within(engageMs, Promise.race([engaged.promise, task]), noProvider).catch((error: unknown) => {
        this.#abandoned = true;
        reject(error);
      });
    });
  }

  failure(error: unknown): JobFailure {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof MlgError ? error.code : undefined;
    if (this.provider) {
      return { fault: 'provider', code: code ?? 'provider_failed', message, provider: this.provider, spoiled: false };
    }
    return { fault: 'platform', code: code ?? 'golem_unavailable', message, spoiled: true };
  }
}

const tooSlow = () => new Error(`The provider did not answer within ${chunkMs / 1000} s.`);
const noProvider = () => new Error(`No provider could be engaged within ${engageMs / 1000} s.`);

let closing: Promise<void> | undefined;

/** Shuts down in order; `exit` ends what the SDK leaves running. */
function close(deadline: number): Promise<void> {
  closing ??= (async () => {
    try {
      const connection = await executor;
      await within(deadline, connection?.shutdown() ?? Promise.resolve(), () => new Error('late'));
      process.exit(0);
    } catch {
      process.exit(1);
    }
  })();
  return closing;
}

function tell(message: FromFamily): void {
  if (process.connected) process.send?.(message);
}
