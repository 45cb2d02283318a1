import * as v from 'valibot';
import { Refusal, Unreachable } from './errors.ts';
import type { Io } from './io.ts';
import { delayAfter, isWorthAnother, maxTries, type Try } from './retry.ts';

const requestId = v.pipe(v.string(), v.regex(/^[0-9a-f]{56}$/));
const status = v.picklist(['uploading', 'pending', 'running', 'done', 'failed']);
const acceptance = v.object({ req_id: requestId, status });
const prediction = v.object({
  status,
  model: v.string(),
  preds: v.nullable(v.array(v.tuple([v.string(), v.string(), v.number()]))),
  error: v.nullable(v.object({ code: v.string(), message: v.string() })),
  queue: v.optional(v.object({ position: v.nullable(v.number()), next_run_at: v.nullable(v.string()) })),
  typical_seconds: v.optional(v.nullable(v.number())),
});
const models = v.object({
  models: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      input_size: v.number(),
      parameters: v.number(),
      top1: v.number(),
      top5: v.number(),
      available: v.boolean(),
      install: v.optional(v.string()),
    }),
  ),
});

export type Acceptance = v.InferOutput<typeof acceptance>;
export type PredictionAnswer = v.InferOutput<typeof prediction>;
export type ListedModel = v.InferOutput<typeof models>['models'][number];

/** ms; a try that takes longer fails. */
const tryMs = 60_000;

/** Client of the service at an address. Calls are retried when that may help. */
export class Service {
  readonly url: string;
  readonly #io: Io;

  /** @param url base address, without a trailing slash */
  constructor(url: string, io: Io) {
    this.url = url;
    this.#io = io;
  }

  async models(): Promise<readonly ListedModel[]> {
    return understood(models, await this.#call('/models')).models;
  }

  /** @throws Refusal when the service refuses the image, or does not serve the model */
  async send(model: string, idempotencyKey: string, image: Uint8Array<ArrayBuffer>): Promise<Acceptance> {
    const headers = { 'content-type': 'image/*', 'idempotency-key': idempotencyKey };
    const path = `/requestPrediction/${encodeURIComponent(model)}`;
    return understood(acceptance, await this.#call(path, { method: 'POST', headers, body: image }));
  }

  /** Returns undefined when the service does not know the request, or no longer. */
  async read(id: string): Promise<PredictionAnswer | undefined> {
    try {
      return understood(prediction, await this.#call(`/readPrediction/${encodeURIComponent(id)}`));
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return undefined;
      throw error;
    }
  }

  async #call(path: string, init: RequestInit = {}): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      const attempt = await this.#try(path, init);
      this.#io.signal.throwIfAborted();
      if (!isWorthAnother(attempt)) return answerOf(attempt);
      if (tries === maxTries) throw new Unreachable(`${this.url} ${inWords(attempt)}, ${maxTries} times in a row.`);
      await this.#io.pause(delayAfter(tries, attempt, this.#io.random));
    }
  }

  async #try(path: string, init: RequestInit): Promise<Try> {
    const signal = AbortSignal.any([this.#io.signal, AbortSignal.timeout(tryMs)]);
    try {
      const response = await this.#io.fetch(`${this.url}${path}`, { ...init, headers: this.#headers(init), signal });
      const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
      const text = await response.text();
      return { status: response.status, retryAfter: retryAfter >= 0 ? retryAfter : undefined, body: parsed(text) };
    } catch (error) {
      return { error: error as Error };
    }
  }

  #headers({ headers }: RequestInit): Record<string, string> {
    const key = this.#io.env.MLG_API_KEY;
    return { ...(headers as Record<string, string>), ...(key && { 'x-api-key': key }) };
  }
}

const wantsKey = 'The service requires an API key: set MLG_API_KEY.';

function answerOf(attempt: Try): unknown {
  if ('error' in attempt) throw attempt.error;
  const { status, body } = attempt;
  if (status >= 200 && status < 300) return body;
  if (status === 401 || status === 403) throw new Refusal(status, wantsKey);
  const said = v.safeParse(v.union([v.object({ reason: v.string() }), v.object({ message: v.string() })]), body);
  const reason = said.success ? ('reason' in said.output ? said.output.reason : said.output.message) : '';
  throw new Refusal(status, reason || `The service answered ${status} without a reason.`);
}

function understood<T extends v.GenericSchema>(schema: T, body: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  throw new Unreachable('What answers at this address is not mlg, or not of this version.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function inWords(attempt: Try): string {
  if (!('error' in attempt)) return `answered ${attempt.status}`;
  const { cause } = attempt.error;
  return `could not be reached (${cause instanceof Error ? cause.message : attempt.error.message})`;
}
