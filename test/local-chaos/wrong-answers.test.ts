import { describe, expect, it } from 'vitest';
import { type Answer, readAnswer } from '../../core/answer.ts';
import { type AnswerFault, wrongAnswers } from '../../local/chaos/wrong-answers.ts';

const model = { sha256: 'b'.repeat(64), weights: 'official' } as const;
const answer = (chunk: string): Answer => ({
  chunk_sha256: chunk.repeat(64),
  model_sha256: model.sha256,
  runtime: 'onnxruntime-node 1',
  top: [10, 20, 30].map((first) => [0.5, 0.2, 0.1, 0.05, 0.01].map((p, i) => [first + i, p] as const)),
});
const expected = { chunkSha256: 'a'.repeat(64), count: 3, model };

/** What becomes of one provider's files, in their order, while this fault strikes. */
function sent(fault: AnswerFault, ...files: string[]): Uint8Array[] {
  const { tamper } = wrongAnswers();
  return files.map((file, i) => tamper(Buffer.from(file), (name) => name === fault && i === files.length - 1));
}

describe('a wrong answer', () => {
  it.each<[AnswerFault, string]>([
    ['answer-empty', 'it is not JSON'],
    ['answer-cut', 'it is not JSON'],
    ['answer-not-json', 'it is not JSON'],
    ['answer-nan', 'it is not JSON'],
    ['answer-wrong-count', 'Expected 3 but received 4'],
    ['answer-unsorted', 'probabilities are not sorted'],
    ['answer-above-one', 'Expected <=1 but received 1.5'],
    ['answer-other-model', 'another model file made it'],
    ['answer-other-chunk', 'it answers another chunk'],
    ['answer-too-large', 'at most 40000 bytes are read'],
  ])('%s does not pass', (fault, reason) => {
    const [bytes = Buffer.of()] = sent(fault, JSON.stringify(answer('a')));
    expect(() => readAnswer(bytes, expected)).toThrow(
      expect.objectContaining({ code: 'bad_answer', message: expect.stringContaining(reason) }),
    );
  });

  it('answer-other-chunk is a real answer to another chunk, when there was one', () => {
    const [, second] = sent('answer-other-chunk', JSON.stringify(answer('c')), JSON.stringify(answer('a')));
    expect(JSON.parse(String(Buffer.from(second ?? [])))).toEqual(answer('c'));
  });

  it.each<AnswerFault>(['answer-swapped', 'answer-false-classes'])(
    '%s cannot be told from a right one by its form',
    (fault) => {
      const right = JSON.stringify(answer('a'));
      const [bytes = Buffer.of()] = sent(fault, right);
      const first = (file: Uint8Array) => readAnswer(file, expected).answers.map(([best]) => best?.[0]);
      expect(first(bytes)).toHaveLength(3);
      expect(first(bytes)).not.toEqual(first(Buffer.from(right)));
      expect(first(bytes)[1] === first(Buffer.from(right))[1]).toBe(fault === 'answer-swapped');
    },
  );
});

it('a file that is no answer passes, and is no occasion', () => {
  const file = Buffer.from('{"top": "of the world"}');
  const asked = () => {
    throw new Error('no fault may strike here');
  };
  expect(wrongAnswers().tamper(file, asked)).toBe(file);
  expect(wrongAnswers().tamper(Buffer.from(JSON.stringify(answer('a'))), () => false)).toEqual(
    Buffer.from(JSON.stringify(answer('a'))),
  );
});
