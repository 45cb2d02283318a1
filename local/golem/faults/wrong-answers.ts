import { createHash } from 'node:crypto';
import type { Answer } from '../../../core/answer.ts';
import { imageNetClasses } from '../../../core/labels.ts';
import type { AnswerFault } from './catalogue.ts';

/** Far above what any reader takes. */
const TOO_LARGE_BYTES = 5_000_000;

/**
 * What a provider sends in place of its program's answer. `answer-swapped` and `answer-false-classes` pass every check of form.
 * @param other an answer to another chunk, if there was one
 */
export function wrongAnswer(fault: AnswerFault, answer: Answer, other: Answer | undefined): Uint8Array {
  return new TextEncoder().encode(WRONG[fault](answer, other));
}

const WRONG: Readonly<Record<AnswerFault, (answer: Answer, other: Answer | undefined) => string>> = {
  'answer-empty': () => '',
  'answer-cut': (answer) => JSON.stringify(answer).slice(0, -20),
  'answer-not-json': () => '<html><body>502 Bad Gateway</body></html>',
  'answer-wrong-count': (answer) => JSON.stringify({ ...answer, top: [...answer.top, ...answer.top.slice(0, 1)] }),
  'answer-swapped': (answer) => JSON.stringify({ ...answer, top: answer.top.toReversed() }),
  'answer-nan': (answer) => JSON.stringify(answer).replace(/(\[\d+,)[^\],]+\]/, '$1NaN]'),
  'answer-unsorted': (answer) => withTop(answer, (classes) => classes.toReversed()),
  'answer-above-one': (answer) =>
    withTop(answer, (classes) => classes.map(([index, p], i) => [index, i === 0 ? 1.5 : p])),
  'answer-other-model': (answer) => JSON.stringify({ ...answer, model_sha256: sha256(answer.model_sha256) }),
  'answer-other-chunk': (answer, other) =>
    JSON.stringify(other ?? { ...answer, chunk_sha256: sha256(answer.chunk_sha256) }),
  'answer-too-large': (answer) => JSON.stringify({ ...answer, padding: 'x'.repeat(TOO_LARGE_BYTES) }),
  'answer-false-classes': (answer) =>
    withTop(answer, (classes) => classes.map(([index, p]) => [(index + 1) % imageNetClasses.length, p])),
};

type Classes = Answer['top'][number];

function withTop(answer: Answer, change: (classes: Classes) => Classes): string {
  return JSON.stringify({ ...answer, top: answer.top.map(change) });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
