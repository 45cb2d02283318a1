import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type Answer, readAnswer } from '../../core/answer.ts';
import type { AnswerFault } from '../../local/golem/faults/catalogue.ts';
import { Faults } from '../../local/golem/faults/faults.ts';
import { OutgoingFiles } from '../../local/golem/faults/outgoing.ts';
import type { FaultRule } from '../../local/golem/faults/rules.ts';
import { providerSettings } from '../../local/golem/options.ts';
import { systemClock } from '../../local/golem/provider/clock.ts';
import { Provider } from '../../local/golem/provider/provider.ts';
import { send } from '../../local/golem/provider/transfers.ts';
import { GsbServices } from '../../local/golem/stand-in/daemon/gsb.ts';
import { tempDir } from '../support/temp-dir.ts';

const model = { sha256: 'b'.repeat(64), weights: 'official' } as const;
const answer = (chunk: string): Answer => ({
  chunk_sha256: chunk.repeat(64),
  model_sha256: model.sha256,
  runtime: 'onnxruntime-node 1',
  top: [10, 20, 30].map((first) => [0.5, 0.2, 0.1, 0.05, 0.01].map((p, i) => [first + i, p] as const)),
});
const expected = { chunkSha256: 'a'.repeat(64), count: 3, model };

function outgoing(rules: readonly FaultRule[]) {
  const faults = new Faults();
  faults.know({ providers: ['local-1'], calls: [] });
  faults.set(rules);
  const [settings] = providerSettings(1);
  if (!settings) throw new Error('one provider has settings');
  return { faults, files: new OutgoingFiles(faults), provider: new Provider(settings, ['hoodi'], faults) };
}

/** What the requestor gets for the provider's file. */
async function passed({ files, provider }: ReturnType<typeof outgoing>, content: string | Uint8Array): Promise<Buffer> {
  const path = join(await tempDir(), 'answer.json');
  await writeFile(path, content);
  await files.pass(provider, path);
  return readFile(path);
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
    ['answer-too-large', 'at most 40000 are read'],
  ])('%s does not pass', async (fault, reason) => {
    const bytes = await passed(outgoing([{ fault }]), JSON.stringify(answer('a')));
    expect(() => readAnswer(bytes, expected)).toThrow(
      expect.objectContaining({ code: 'bad_answer', message: expect.stringContaining(reason) }),
    );
  });

  it('answer-other-chunk is a real answer to another chunk, when there was one', async () => {
    const faulty = outgoing([{ fault: 'answer-other-chunk', nth: 2 }]);
    await passed(faulty, JSON.stringify(answer('c')));
    expect(JSON.parse((await passed(faulty, JSON.stringify(answer('a')))).toString())).toEqual(answer('c'));
  });

  it.each<AnswerFault>(['answer-swapped', 'answer-false-classes'])(
    '%s cannot be told from a right one by its form',
    async (fault) => {
      const right = JSON.stringify(answer('a'));
      const bytes = await passed(outgoing([{ fault }]), right);
      const first = (file: Uint8Array) => readAnswer(file, expected).map(([best]) => best?.[0]);
      expect(first(bytes)).toHaveLength(3);
      expect(first(bytes)).not.toEqual(first(Buffer.from(right)));
      expect(first(bytes)[1] === first(Buffer.from(right))[1]).toBe(fault === 'answer-swapped');
    },
  );
});

describe('a file on its way back', () => {
  it('altered-download: differs in one bit', async () => {
    const bytes = await passed(outgoing([{ fault: 'altered-download' }]), new Uint8Array(100));
    expect([...bytes].filter((byte) => byte !== 0)).toEqual([1]);
  });

  it('is as the program wrote it when nothing strikes, or when it is no answer', async () => {
    const right = JSON.stringify(answer('a'));
    expect((await passed(outgoing([{ fault: 'answer-nan', share: 0 }]), right)).toString()).toBe(right);
    const faulty = outgoing([{ fault: 'answer-nan' }]);
    expect((await passed(faulty, '{"top": "of the world"}')).toString()).toBe('{"top": "of the world"}');
    expect(faulty.faults.counts().rules[0]?.occasions).toBe(0);
  });

  it.each([1, 8])('goes out with %i messages in flight', async (inFlight) => {
    const source = join(await tempDir(), 'file');
    await writeFile(source, new Uint8Array(20 * 40 * 1024));
    let [underWay, most] = [0, 0];
    const full = Promise.withResolvers<void>();
    const gsb = new GsbServices(systemClock);
    vi.spyOn(gsb, 'call').mockImplementation(async () => {
      most = Math.max(most, ++underWay);
      if (underWay === inFlight) full.resolve();
      await full.promise;
      underWay--;
    });
    await send(gsb, '/public/gftp/x', source, { signal: new AbortController().signal, inFlight });
    expect(gsb.call).toHaveBeenCalledTimes(21);
    expect(most).toBe(inFlight);
  });
});
