import { describe, expect, it } from 'vitest';
import { tag } from '../../requestor/golem/contracts.ts';
import { guardedYagna, type Judge } from '../../requestor/golem/guard.ts';
import type { Verdict } from '../../requestor/golem/spending.ts';
import { HandRequestor } from '../local-golem/hand-requestor.ts';
import { MemoryDayBudget } from '../support/memory-day-budget.ts';
import { GolemRun } from './golem-run.ts';
import { until } from './until.ts';

const one = ['local-1'];
const day = 86_400_000;

/** Messages of a transfer, and how their job ends, if it fails. */
const hostile = [
  ['reads past the end of its chunk', 'read-past-end', 'provider_failed', 'asked for byte 1099511627776 of a file of'],
  ['sends after the end of its answer', 'write-after-end', undefined, undefined],
  ['sends an answer without end', 'endless-answer', 'bad_answer', 'it is larger than 40000 bytes'],
  ['sends a message of megabytes', 'huge-message', 'provider_failed', 'a message of more than'],
] as const;

// What hostile providers did, or could do, to the wallet and to the run.

describe.concurrent('a provider', () => {
  it('that offers a million threads is not engaged, whether it says so at first or at last', async (context) => {
    for (const on of ['initial', 'draft']) {
      const faults = [{ fault: 'many-threads', on, providers: one }];
      const run = await GolemRun.start(context, { faults });
      const ends = await Promise.all([run.classify(), run.classify()]);
      expect(await Promise.all(ends.map((end) => run.workerOf(end)))).toEqual(['local-2', 'local-2']);
    }
  });

  it('that offers too many threads finds that the demand asks for fewer', async (context) => {
    const run = await GolemRun.start(context, {
      golem: { providers: [{ threads: 16 }] },
      settings: { maxThreads: 8 },
      deadlines: { engage: 3_000 },
    });
    expect(await run.classify()).toBe('golem_unavailable');
    expect((await run.report()).agreements).toBe(0);
  });

  it('that bills a day for a minute is not paid, and the record says why', async (context) => {
    const run = await GolemRun.start(context, { golem: { providers: 1 }, faults: [{ fault: 'overtime-invoice' }] });
    expect(await run.classify()).toHaveLength(2);
    const { glm, invoices, billsRefused, refusals } = await run.close();
    expect({ glm, invoices, billsRefused }).toEqual({ glm: 0, invoices: 0, billsRefused: 1 });
    expect(refusals).toEqual([expect.stringMatching(/^invoice .* GLM, .* is more than 1 x .* and a tenth, = /)]);
  });

  it('that sends an amount below nothing is not paid', async (context) => {
    const run = await GolemRun.start(context, { golem: { providers: 1 }, faults: [{ fault: 'negative-invoice' }] });
    expect(await run.classify()).toHaveLength(2);
    expect(await run.close()).toMatchObject({
      ...{ glm: 0, invoices: 0, billsRefused: 1 },
      refusals: [expect.stringContaining('is no amount of GLM')],
    });
  });

  for (const [name, fault, code, words] of hostile) {
    it(`that ${name} harms its own job at most`, async (context) => {
      const run = await GolemRun.start(context, { faults: [{ fault, providers: one }], golem: { providers: 1 } });
      const end = await run.classify();
      if (code) {
        expect(end).toBe(code);
        expect(run.errors).toEqual([expect.stringContaining(words)]);
      }
      // The process is alive, and the provider, if anything, the only one that is left out.
      const alive = await run.processes();
      expect(alive).toHaveLength(1);
      expect((await run.close()).leftOut).toEqual([]);
    });
  }

  it('that has a job in hand when the process dies is left out, and the run says so', async (context) => {
    const faults = [{ fault: 'hang', on: 'run', providers: one }];
    const run = await GolemRun.start(context, { faults, golem: { providers: 1 } });
    const chunk = run.classify();
    await until('it is being classified', () => run.golem.faults()[0]?.strikes === 1);
    for (const pid of await run.processes()) process.kill(pid, 'SIGKILL');
    expect(await chunk).toBe('golem_unavailable');
    const [[id]] = [...(await run.names())] as [[string, string]];
    const { leftOut } = await run.close();
    expect(leftOut).toEqual([`${id} had a job in hand when the executor ended (SIGKILL)`]);
  });
});

it('however many providers crash the process, the family goes on with others, and each death costs them their place', async (context) => {
  const faults = [{ fault: 'hang', on: 'run' }];
  const run = await GolemRun.start(context, { faults, golem: { providers: 4 } });
  const chunk = run.classify();
  for (const deaths of [1, 2, 3]) {
    await until('it is being classified', () => run.golem.faults()[0]?.strikes === deaths);
    for (const pid of await run.processes()) process.kill(pid, 'SIGKILL');
  }
  // Not golem_unavailable: that would put the family aside for the rest of the run.
  expect(await chunk).toBe('golem_executor_ended');
  expect(run.errors).toEqual([expect.stringContaining('The provider had the job in hand.')]);
  run.golem.setFaults([]);
  expect(await run.classify()).toHaveLength(2);
  expect((await run.close()).leftOut).toHaveLength(3);
});

it('a debit note is paid by the same word as an invoice', async (context) => {
  const { golem } = await GolemRun.start(context, { golem: { providers: 1 } });
  const requestor = new HandRequestor(golem);
  requestor.properties = { [tag.name]: tag.value, 'golem.com.scheme.payu.debit-note.interval-sec?': 0.5 };
  const { agreement, activity } = await requestor.ready();
  const notes = () => requestor.get<{ debitNoteId: string; status: string }[]>('GET', '/payment-api/v1/debitNotes');
  await until('a debit note has come', async () => (await notes()).length > 0);
  const [{ debitNoteId: id } = { debitNoteId: '' }] = await notes();
  const { totalAmountDue } = await requestor.get<{ totalAmountDue: string }>('GET', `/payment-api/v1/debitNotes/${id}`);
  const allocation = { totalAmount: '1', paymentPlatform: 'erc20-hoodi-tglm' };
  const { allocationId } = await requestor.get<{ allocationId: string }>(
    ...(['POST', '/payment-api/v1/allocations', allocation] as const),
  );

  const asked: Parameters<Judge>[] = [];
  const accept = (verdict: Verdict) =>
    guardedYagna(golem.url, golem.appKey, 8, async (...question) => {
      asked.push(question);
      return verdict;
    }).payment.acceptDebitNote(id, { totalAmountAccepted: totalAmountDue, allocationId });
  await expect(accept({ pay: false, reason: 'too much', isWrong: true })).rejects.toThrow('is not paid: too much.');
  expect((await notes())[0]?.status).toBe('RECEIVED');
  await accept({ pay: true });
  expect((await notes())[0]?.status).toBe('ACCEPTED');
  const bill = { kind: 'debit note', agreement, amount: totalAmountDue, activities: [activity] };
  expect(asked[1]).toMatchObject([bill, { isOurs: true, terms: { threads: expect.any(Number) } }]);
  await requestor.terminate(agreement);
});

describe.concurrent('at its end a run pays', () => {
  it('bills of vanished runs by the time that their work took, not by the time that has passed', async (context) => {
    const run = await GolemRun.start(context, {
      clock: () => Date.now() + day,
      golem: { providers: 1 },
      faults: [{ fault: 'overtime-invoice', seconds: 3600 }],
    });
    await vanish(run, { [tag.name]: tag.value });
    expect(await run.close()).toMatchObject({ glm: 0, invoices: 0, billsRefused: 1 });
    expect((await run.report()).unpaidInvoices).toEqual([]);
  });

  it('nothing under agreements that others made with the same daemon', async (context) => {
    const run = await GolemRun.start(context, { clock: () => Date.now() + day, golem: { providers: 1 } });
    await vanish(run, {});
    expect(await run.close()).toMatchObject({ glm: 0, invoices: 0, billsRefused: 0 });
    expect((await run.report()).unpaidInvoices).toHaveLength(1);
  });

  it('no more than what is left of its budget, and of the day; the rest waits for the next', async (context) => {
    const dayBudget = new MemoryDayBudget();
    const run = await GolemRun.start(context, {
      clock: () => Date.now() + 60_000,
      golem: { providers: [{ start: 0.002 }] },
      settings: { budget: 0.005, dayBudget: 0.003 },
      dayBudget,
    });
    for (let i = 0; i < 3; i++) await vanish(run, { [tag.name]: tag.value });
    const { glm, invoices, billsRefused } = await run.close();
    expect({ invoices, billsRefused }).toEqual({ invoices: 1, billsRefused: 2 });
    expect(glm).toBeLessThan(0.003);
    expect((await run.report()).unpaidInvoices).toHaveLength(2);
  });
});

/** Leaves one invoice that nobody accepts. */
async function vanish(run: GolemRun, properties: Record<string, unknown>): Promise<void> {
  const vanished = new HandRequestor(run.golem);
  vanished.properties = properties;
  await vanished.terminate((await vanished.ready()).agreement);
}
