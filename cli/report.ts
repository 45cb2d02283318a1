import { type Io, printLine } from './io.ts';
import type { PredictionAnswer } from './service.ts';
import { bars } from './terminal.ts';

export interface ReportOptions {
  /** One JSON object per line, instead of text for people. */
  readonly json: boolean;
  readonly model: string;
  /** Files. */
  readonly total: number;
}

/** Prints the result for each file as soon as it is known, once per file. */
export class Report {
  readonly #io: Io;
  readonly #options: ReportOptions;
  #count = 0;
  #failures = 0;

  constructor(io: Io, options: ReportOptions) {
    this.#io = io;
    this.#options = options;
  }

  /** Files reported on. */
  get count(): number {
    return this.#count;
  }

  get hasFailures(): boolean {
    return this.#failures > 0;
  }

  /** @param id undefined: it was refused, which has been reported */
  accepted(file: string, id: string | undefined): void {
    if (id) this.#say({ file, model: this.#options.model, req_id: id }, () => [`${id}  ${file}`]);
  }

  refused(file: string, reason: string): void {
    this.#failures++;
    const fields = { file, model: this.#options.model, status: 'refused', reason };
    this.#say(fields, () => this.#complain(`${file}: refused. ${reason}`));
  }

  /** @param answer undefined: the service does not know the request */
  ended(file: string, id: string, answer: PredictionAnswer | undefined): void {
    const { model, status, preds = null, error } = answer ?? { ...unknown, model: this.#options.model };
    if (!preds) this.#failures++;
    const fields = { file, model, req_id: id, status, preds, ...(error && { reason: error.message }) };
    this.#say(fields, () => {
      if (!preds) return this.#complain(`${file}: failed. ${error?.message}`);
      return [this.#options.total > 1 ? `${file}:` : '', ...bars(preds).map((bar) => `  ${bar}`), ''].slice(
        this.#options.total > 1 ? 0 : 1,
      );
    });
  }

  #say(fields: object, text: () => readonly string[]): void {
    this.#count++;
    const lines = this.#options.json ? [JSON.stringify(fields)] : text();
    for (const line of lines) printLine(this.#io.out, line);
  }

  #complain(text: string): readonly string[] {
    printLine(this.#io.err, text);
    return [];
  }
}

const unknown = {
  status: 'unknown',
  preds: null,
  error: { code: 'unknown_request', message: 'The service does not know this request any more.' },
} as const;
