// Wrong answers of classify programs: what the stand-in, which knows nothing of them, cannot spoil by itself.
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { Answer } from '../../core/answer.ts';
import { imageNetClasses } from '../../core/labels.ts';
import type { Tampering } from '../golem/index.ts';

/** Far above what any reader takes. */
const TOO_LARGE_BYTES = 5_000_000;

type Wrong = (answer: Answer, other: Answer | undefined) => string;

/**
 * What a provider sends in place of its program's answer; `other` is an answer to another chunk, if there was one.
 * `answer-swapped` and `answer-false-classes` pass every check of form.
 */
const WRONG = {
  'answer-empty': () => '',
  'answer-cut': (answer: Answer) => JSON.stringify(answer).slice(0, -20),
  'answer-not-json': () => '<html><body>502 Bad Gateway</body></html>',
  'answer-wrong-count': (answer: Answer) =>
    JSON.stringify({ ...answer, top: [...answer.top, ...answer.top.slice(0, 1)] }),
  'answer-swapped': (answer: Answer) => JSON.stringify({ ...answer, top: answer.top.toReversed() }),
  'answer-nan': (answer: Answer) => JSON.stringify(answer).replace(/(\[\d+,)[^\],]+\]/, '$1NaN]'),
  'answer-unsorted': (answer: Answer) => withTop(answer, (classes) => classes.toReversed()),
  'answer-above-one': (answer: Answer) =>
    withTop(answer, (classes) => classes.map(([index, p], i) => [index, i === 0 ? 1.5 : p])),
  'answer-other-model': (answer: Answer) => JSON.stringify({ ...answer, model_sha256: sha256(answer.model_sha256) }),
  'answer-other-chunk': (answer: Answer, other: Answer | undefined) =>
    JSON.stringify(other ?? { ...answer, chunk_sha256: sha256(answer.chunk_sha256) }),
  'answer-too-large': (answer: Answer) => JSON.stringify({ ...answer, padding: 'x'.repeat(TOO_LARGE_BYTES) }),
  'answer-false-classes': (answer: Answer) =>
    withTop(answer, (classes) => classes.map(([index, p]) => [(index + 1) % imageNetClasses.length, p])),
} satisfies Record<`answer-${string}`, Wrong>;

export type AnswerFault = keyof typeof WRONG;

export const ANSWER_FAULTS = Object.keys(WRONG) as readonly AnswerFault[];

type Classes = Answer['top'][number];

function withTop(answer: Answer, change: (classes: Classes) => Classes): string {
  return JSON.stringify({ ...answer, top: answer.top.map(change) });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** One for every stand-in: it remembers answers, so that there is one to mistake for another. */
export function wrongAnswers(): Tampering {
  /** The last answers to two different chunks. */
  let last: readonly Answer[] = [];
  return {
    faults: ANSWER_FAULTS,
    tamper(file, strikes) {
      const answer = answerIn(file);
      if (!answer) return file;
      const others = last.filter(({ chunk_sha256 }) => chunk_sha256 !== answer.chunk_sha256);
      last = [answer, ...others].slice(0, 2);
      const possible = ANSWER_FAULTS.filter((fault) => fault !== 'answer-swapped' || answer.top.length > 1);
      const fault = possible.find(strikes);
      return fault ? new TextEncoder().encode(WRONG[fault](answer, others[0])) : file;
    },
  };
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
