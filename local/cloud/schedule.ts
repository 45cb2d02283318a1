import * as v from 'valibot';
import type { OnLine } from './lines.ts';
import { type RunEnd, type RunningTask, startTask, type TaskProgram, taskProgram } from './tasks.ts';
import type { Template } from './template.ts';

/** A run of the scheduled task. */
export type RunEvent =
  | { readonly type: 'started'; readonly at: number }
  | { readonly type: 'ended'; readonly at: number; readonly end: RunEnd };

export interface ScheduleOptions {
  readonly root: string;
  /** Variables of the task, over those that the template sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** ms; by default the rule's own period. */
  readonly every: number | undefined;
  readonly onLine: OnLine;
  readonly onRun: (event: RunEvent) => void;
}

const ruleProperties = v.object({
  ScheduleExpression: v.string(),
  Targets: v.array(v.object({ EcsParameters: v.object({ TaskDefinitionArn: v.string() }) })),
});

/** ms for a run to release its leases when the local cloud closes. */
const stopDeadline = 20_000;

/**
 * The template's rule on a timer. One run at a time: a tick during a run is dropped. (EventBridge starts a second run
 * beside it; leases keep that safe, but in local mode the period may be shorter than a run.)
 */
export class TaskSchedule {
  readonly #program: TaskProgram;
  readonly #options: ScheduleOptions;
  readonly #timer: NodeJS.Timeout;
  #running: RunningTask | undefined;
  #closed = false;

  /** @throws Error when the template has not one rule for one container program */
  constructor(template: Template, options: ScheduleOptions) {
    const rules = template.resources('AWS::Events::Rule', ruleProperties);
    const [rule] = rules;
    const target = rule?.properties.Targets[0]?.EcsParameters.TaskDefinitionArn;
    if (!rule || !target || rules.length > 1) throw new Error('The template should hold one rule that starts a task.');
    this.#program = taskProgram(template, target, options.environment);
    this.#options = options;
    this.#timer = setInterval(() => this.#onTimer(), options.every ?? period(rule.properties.ScheduleExpression));
  }

  /** What the task finds in its environment, beside what this machine gives every program. */
  get environment(): Readonly<Record<string, string>> {
    return this.#program.environment;
  }

  /** Starts a run now, or when the one under way has ended, and waits for its end. */
  async tick(): Promise<RunEnd> {
    while (this.#running) await this.#running.ended;
    if (this.#closed) throw new Error('The local cloud is closed.');
    return this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running?.stop(stopDeadline);
  }

  #onTimer(): void {
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<RunEnd> {
    const { root, onLine, onRun } = this.#options;
    onRun({ type: 'started', at: Date.now() });
    this.#running = startTask(this.#program, root, onLine);
    const end = await this.#running.ended;
    this.#running = undefined;
    onRun({ type: 'ended', at: Date.now(), end });
    return end;
  }
}

const units: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Of `rate(10 minutes)`, in ms. */
function period(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const ms = units[unit ?? ''];
  if (!ms) throw new Error(`The local cloud knows schedules such as rate(10 minutes), not ${expression}.`);
  return Number(count) * ms;
}
