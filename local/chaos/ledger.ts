import { setTimeout as pause } from 'node:timers/promises';
import { topK } from '../../core/predictions.ts';
import type { Photo } from './photos.ts';

/** ms between two calls of one kind: together they stay under what the API lets through. */
const paceMs = 45;
/** ms before a refused call is made again. */
const refusedMs = 1_000;
/** Scores of one image alone and in a batch differ by rounding. */
const slack = 1e-3;

interface Answer {
  readonly status: string;
  readonly preds: [wnid: string, label: string, score: number][] | null;
  readonly attempts: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

interface Entry {
  readonly id: string;
  readonly photo: Photo;
  /** How it ended, when it was first seen so. */
  end: Answer | undefined;
}

export interface Counts {
  readonly accepted: number;
  readonly done: number;
  readonly failed: number;
  /** Neither done nor failed in the end, or not to be found. */
  readonly lost: number;
  /** Whose result was another one later. */
  readonly answeredTwice: number;
  /** Done, with what is no answer by its form. */
  readonly malformed: number;
  /** Done, with an answer that looks right and is not. */
  readonly falseClasses: number;
  readonly reasons: Readonly<Record<string, number>>;
}

/** The requests as their senders see them, over HTTP alone. */
export class Ledger {
  readonly #url: string;
  readonly #patience: number;
  readonly #entries: Entry[] = [];
  #answeredTwice = 0;

  /** @param patience ms that a call may take, with all its repetitions */
  constructor(url: string, patience = 120_000) {
    this.#url = url;
    this.#patience = patience;
  }

  /** Requests that have not ended, as far as is known. */
  get open(): number {
    return this.#entries.filter(({ end }) => !end).length;
  }

  get accepted(): number {
    return this.#entries.length;
  }

  async send(photo: Photo): Promise<void> {
    const form = new FormData();
    form.append('image', new Blob([Buffer.from(photo.file)]), 'photo');
    const { req_id: id } = await this.#call<{ req_id: string }>('/requestPrediction/starter', form);
    this.#entries.push({ id, photo, end: undefined });
    await pause(paceMs);
  }

  /** Asks once for every request that has not ended. */
  async look(): Promise<void> {
    for (const entry of this.#entries.filter(({ end }) => !end)) {
      const answer = await this.#read(entry);
      if (answer.status === 'done' || answer.status === 'failed') entry.end = answer;
    }
  }

  /** Asks for all that have ended once more: an end must not change. */
  async lookAgain(): Promise<void> {
    for (const entry of this.#entries.filter(({ end }) => end)) {
      const { status, preds, error } = await this.#read(entry);
      const same = JSON.stringify([status, preds, error]);
      const before = entry.end && JSON.stringify([entry.end.status, entry.end.preds, entry.end.error]);
      if (same !== before) this.#answeredTwice++;
    }
  }

  counts(): Counts {
    const done = this.#entries.filter(({ end }) => end?.status === 'done');
    const failed = this.#entries.filter(({ end }) => end?.status === 'failed');
    const reasons: Record<string, number> = {};
    for (const { end } of failed) reasons[end?.error?.code ?? 'none'] = (reasons[end?.error?.code ?? 'none'] ?? 0) + 1;
    const malformed = done.filter(({ end }) => !isAnswer(end?.preds));
    const wrong = done.filter(({ end, photo }) => isAnswer(end?.preds) && !isTrue(end.preds, photo));
    return {
      accepted: this.#entries.length,
      done: done.length,
      failed: failed.length,
      lost: this.open,
      answeredTwice: this.#answeredTwice,
      malformed: malformed.length,
      falseClasses: wrong.length,
      reasons,
    };
  }

  async #read({ id }: Entry): Promise<Answer> {
    const answer = await this.#call<Answer>(`/readPrediction/${id}`);
    await pause(paceMs);
    return answer;
  }

  /** @throws Error when the API refuses the call, or does not answer in time */
  async #call<T>(path: string, body?: FormData): Promise<T> {
    const signal = AbortSignal.timeout(this.#patience);
    try {
      return await this.#repeated(path, body, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(`${path} was not answered within ${this.#patience / 1000} s.`, { cause: error });
    }
  }

  /** Waits where the API says that there is too much to do. */
  async #repeated<T>(path: string, body: FormData | undefined, signal: AbortSignal): Promise<T> {
    for (;;) {
      const response = await fetch(this.#url + path, { method: 'POST', signal, ...(body && { body }) });
      const answer = (await response.json()) as T;
      if (response.ok) return answer;
      if (response.status !== 429 && response.status !== 503) {
        throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
      }
      await pause(refusedMs, undefined, { signal });
    }
  }
}

type Predictions = NonNullable<Answer['preds']>;

function isAnswer(preds: Answer['preds'] | undefined): preds is Predictions {
  if (preds?.length !== topK) return false;
  const scores = preds.map(([, , score]) => score);
  return scores.every((score, i) => score >= 0 && score <= 1 && score <= (scores[i - 1] ?? 1));
}

function isTrue(preds: Predictions, { truth }: Photo): boolean {
  return (
    truth.every(([, , score], i) => Math.abs(score - (preds[i]?.[2] ?? -1)) < slack) && preds[0]?.[0] === truth[0]?.[0]
  );
}
