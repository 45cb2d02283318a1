import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultyOutgoing } from '../../local/golem/faults/outgoing.ts';
import { Faults } from '../../local/golem/faults/plan.ts';
import { asTheyAre, type Bus, Transfers } from '../../local/golem/provider/transfers.ts';
import { Volumes } from '../../local/golem/provider/volumes.ts';
import { tempDir } from '../support/temp-dir.ts';

const to = `gftp://0x${'0'.repeat(40)}/file`;
const never = new AbortController().signal;

/** A provider with a file in its volume. */
async function providerWith(
  content: Uint8Array,
  plan: unknown = [],
  tampering?: ConstructorParameters<typeof FaultyOutgoing>[2],
) {
  const faults = new Faults({ providers: ['local-1'], calls: [], faults: tampering?.faults ?? [] });
  faults.set(plan);
  const volumes = new Volumes(await tempDir());
  await volumes.create();
  await writeFile(join(volumes.work, 'file'), content);
  return { volumes, outgoing: new FaultyOutgoing(asTheyAre, faults.at('local-1'), tampering) };
}

/** What a requestor gets that downloads the file. */
async function download({ volumes, outgoing }: Awaited<ReturnType<typeof providerWith>>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const bus: Bus = {
    async call(_address, component, payload) {
      if (component === 'UploadChunk') parts.push((payload as { chunk: { content: Uint8Array } }).chunk.content);
    },
  };
  await new Transfers(bus, volumes, outgoing).copy({ from: 'container:/golem/work/file', to }, never);
  return Buffer.concat(parts);
}

describe('a file on its way to the requestor', () => {
  it('is as the program wrote it when nothing strikes', async () => {
    const content = Buffer.alloc(50_000, 7);
    expect(await download(await providerWith(content))).toEqual(content);
  });

  it('altered-download: differs in one bit, each time', async () => {
    const provider = await providerWith(new Uint8Array(100), [{ fault: 'altered-download' }]);
    for (const _ of ['first', 'second']) {
      expect([...(await download(provider))].filter((byte) => byte !== 0)).toEqual([1]);
    }
  });

  it('changes as whoever knows the program has it, while that fault strikes', async () => {
    const reversed = {
      faults: ['reversed'],
      tamper: (file: Uint8Array, strikes: (fault: string) => boolean) =>
        strikes('reversed') ? file.toReversed() : file,
    };
    const provider = await providerWith(Buffer.from('abc'), [{ fault: 'reversed', nth: 2 }], reversed);
    expect(String(await download(provider))).toBe('abc');
    expect(String(await download(provider))).toBe('cba');
  });

  it.each([1, 8])('goes out with %i messages in flight', async (inFlight) => {
    const { volumes } = await providerWith(new Uint8Array(20 * 40 * 1024));
    let [underWay, most, calls] = [0, 0, 0];
    const full = Promise.withResolvers<void>();
    const bus: Bus = {
      async call() {
        calls++;
        most = Math.max(most, ++underWay);
        if (underWay === inFlight) full.resolve();
        await full.promise;
        underWay--;
      },
    };
    const outgoing = { ...asTheyAre, inFlight: () => inFlight };
    await new Transfers(bus, volumes, outgoing).copy({ from: 'container:/golem/work/file', to }, never);
    expect([calls, most]).toEqual([21, inFlight]);
  });
});
