import { readFile, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { Answer } from '../../../core/answer.ts';
import type { Provider } from '../provider/provider.ts';
import { ANSWER_FAULTS } from './catalogue.ts';
import type { Faults } from './faults.ts';
import { wrongAnswer } from './wrong-answers.ts';

/** The files that providers send back: the place of wrong answers and altered bytes. */
export class OutgoingFiles {
  readonly #faults: Faults;
  /** The last answers to two different chunks, so that there is one to mistake for the other. */
  #answers: readonly Answer[] = [];

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Changes the file at `path`, which is on its way to the requestor, when a fault strikes. */
  async pass(provider: Provider, path: string): Promise<void> {
    const file = await readFile(path);
    const changed = this.#wrongAnswer(provider, file) ?? this.#altered(provider, file);
    if (changed) await writeFile(path, changed);
  }

  #wrongAnswer(provider: Provider, file: Uint8Array): Uint8Array | undefined {
    const answer = answerIn(file);
    if (!answer) return undefined;
    const others = this.#answers.filter(({ chunk_sha256 }) => chunk_sha256 !== answer.chunk_sha256);
    this.#answers = [answer, ...others].slice(0, 2);
    const possible = ANSWER_FAULTS.filter((fault) => fault !== 'answer-swapped' || answer.top.length > 1);
    const fault = possible.find((name) => this.#faults.strikes(name, provider.name));
    return fault && wrongAnswer(fault, answer, others[0]);
  }

  /** One bit of the byte in the middle is the other way round. */
  #altered(provider: Provider, file: Uint8Array): Uint8Array | undefined {
    if (file.length === 0 || !this.#faults.strikes('altered-download', provider.name)) return undefined;
    const middle = file.length >> 1;
    return file.map((byte, i) => (i === middle ? byte ^ 1 : byte));
  }
}

const AnswerForm = v.looseObject({
  chunk_sha256: v.string(),
  model_sha256: v.string(),
  runtime: v.string(),
  top: v.pipe(v.array(v.array(v.tuple([v.number(), v.number()]))), v.minLength(1)),
});

/** The answer of a classify program; undefined for any other file. */
function answerIn(file: Uint8Array): Answer | undefined {
  try {
    return v.parse(AnswerForm, JSON.parse(new TextDecoder().decode(file)));
  } catch {
    return undefined;
  }
}
