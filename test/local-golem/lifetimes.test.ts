import { describe, expect, it } from 'vitest';
import { until } from './processes.ts';
import { golemAtRest } from './with-golem.ts';

const FEEDS = {
  agreements: '/market-api/v1/agreementEvents',
  invoices: '/payment-api/v1/invoiceEvents',
  notes: '/payment-api/v1/debitNoteEvents',
};
const LONG_AGO = '2020-01-01T00:00:00Z';

type Dated = {
  readonly eventDate: string;
  readonly eventType: string;
  readonly invoiceId?: string;
  readonly debitNoteId?: string;
};
type Rest = Awaited<ReturnType<typeof golemAtRest>>;

const feed = ({ requestor }: Rest, path: string, after = LONG_AGO, session = requestor.session, timeout = 0) =>
  requestor.get<Dated[]>(
    'GET',
    `${path}?timeout=${timeout}&afterTimestamp=${after}&maxEvents=100&appSessionId=${session}`,
  );

const allocate = ({ requestor }: Rest, totalAmount: string) =>
  requestor.get<{ allocationId: string }>('POST', '/payment-api/v1/allocations', {
    totalAmount,
    paymentPlatform: 'erc20-hoodi-tglm',
  });

describe('an agreement', () => {
  it('is dropped by its provider after 90 seconds without activity', async () => {
    const rest = await golemAtRest();
    const agreement = await rest.requestor.agreement();
    rest.clock.pass(89_999);
    expect(await rest.requestor.agreementState(agreement)).toBe('Approved');
    rest.clock.pass(1);
    expect(await rest.requestor.agreementState(agreement)).toBe('Terminated');
    expect((await feed(rest, FEEDS.agreements)).at(-1)).toMatchObject({
      terminator: 'Provider',
      reason: { message: 'No activity created within 90s', 'golem.provider.code': 'NoActivity' },
    });
    expect(await feed(rest, FEEDS.invoices)).toHaveLength(1);
  });

  it('is kept while an activity lives, and dropped 90 seconds after the last one', async () => {
    const { clock, requestor } = await golemAtRest({ providers: [{ debitNoteIntervalSec: 10_000 }] });
    const agreement = await requestor.agreement();
    const activities = [await requestor.activity(agreement), await requestor.activity(agreement)];
    await requestor.get('DELETE', `/activity-api/v1/activity/${activities[0]}`);
    clock.pass(600_000);
    expect(await requestor.agreementState(agreement)).toBe('Approved');
    await requestor.get('DELETE', `/activity-api/v1/activity/${activities[1]}`);
    clock.pass(90_000);
    expect(await requestor.agreementState(agreement)).toBe('Terminated');
  });

  it('ends when it expires, with its activities, and is billed', async () => {
    const rest = await golemAtRest({ providers: [{ debitNoteIntervalSec: 10_000 }] });
    const agreement = await rest.requestor.agreement();
    await rest.requestor.activity(agreement);
    rest.clock.pass(3_600_000);
    await until('billed', async () => (await rest.golem.report()).invoices === 1);
    expect(await rest.golem.report()).toMatchObject({ openAgreements: [], openActivities: [], wronglyBilled: [] });
    expect((await feed(rest, FEEDS.agreements)).at(-1)).toMatchObject({ reason: { 'golem.provider.code': 'Expired' } });
  });

  it('ends half a minute after its requestor stopped listening, and not while one listens', async () => {
    const rest = await golemAtRest({ providers: [{ debitNoteIntervalSec: 10_000 }] });
    const { agreement } = await rest.requestor.ready();
    const events = await feed(rest, FEEDS.agreements);
    rest.clock.pass(29_999);
    const listening = feed(rest, FEEDS.agreements, events.at(-1)?.eventDate, rest.requestor.session, 60);
    await rest.requestor.get('GET', '/me');
    rest.clock.pass(50_000);
    expect(await rest.requestor.agreementState(agreement)).toBe('Approved');
    rest.clock.pass(10_000);
    expect(await listening).toEqual([]);
    rest.clock.pass(29_999);
    expect(await rest.requestor.agreementState(agreement)).toBe('Approved');
    rest.clock.pass(1);
    expect(await rest.requestor.agreementState(agreement)).toBe('Terminated');
    expect((await feed(rest, FEEDS.agreements)).at(-1)).toMatchObject({
      reason: { 'golem.provider.code': 'RequestorGone' },
    });
  });

  it('shows its events to the session that confirmed it, later ones only, each with a date of its own', async () => {
    const rest = await golemAtRest({ providers: 2 });
    const agreements = [await rest.requestor.agreement(), await rest.requestor.agreement()];
    for (const agreement of agreements) await rest.requestor.terminate(agreement);
    const events = await feed(rest, FEEDS.agreements);
    const dates = events.map(({ eventDate }) => eventDate);
    expect(dates).toHaveLength(4);
    expect([...new Set(dates)].sort()).toEqual(dates);
    expect(await feed(rest, FEEDS.agreements, dates[1])).toEqual(events.slice(2));
    expect(await feed(rest, FEEDS.agreements, LONG_AGO, 'another')).toEqual([]);
  });
});

describe('payment', () => {
  it('of an agreement is one invoice: the prices by what was used, and no more than once', async () => {
    const rest = await golemAtRest({
      providers: [{ cpuPerHour: 1, envPerHour: 36, start: 0.5, debitNoteIntervalSec: 10_000 }],
    });
    const { agreement, activity } = await rest.requestor.ready();
    rest.clock.pass(10_000);
    await rest.requestor.terminate(agreement);
    const [event] = await feed(rest, FEEDS.invoices);
    const path = `/payment-api/v1/invoices/${event?.invoiceId}`;
    const invoice = await rest.requestor.get<{ amount: string }>('GET', path);
    expect(invoice).toMatchObject({
      agreementId: agreement,
      activityIds: [activity],
      amount: '0.6',
      status: 'RECEIVED',
    });
    expect((await rest.golem.report()).unpaidInvoices).toEqual([event?.invoiceId]);

    const { allocationId } = await allocate(rest, '1');
    const accept = (totalAmountAccepted: string, from = allocationId) =>
      rest.requestor.call('POST', `${path}/accept?timeout=5`, { totalAmountAccepted, allocationId: from });
    expect(await accept('0.6', (await allocate(rest, '0.5')).allocationId)).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('Not enough funds') },
    });
    expect((await accept('0.5')).status).toBe(400);
    expect((await accept('0.6')).status).toBe(200);
    expect(await rest.requestor.get('GET', path)).toMatchObject({ status: 'ACCEPTED' });
    expect(await rest.requestor.get('GET', `/payment-api/v1/allocations/${allocationId}`)).toMatchObject({
      spentAmount: '0.6',
      remainingAmount: '0.4',
    });
    expect(await rest.golem.report()).toMatchObject({ unpaidInvoices: [], doublyPaid: [] });
    expect((await accept('0.6')).status).toBe(200);
    expect((await rest.golem.report()).doublyPaid).toEqual([event?.invoiceId]);
  });

  it('of long work is asked for in debit notes, which the invoice includes', async () => {
    const rest = await golemAtRest({ providers: [{ cpuPerHour: 0, envPerHour: 36, debitNoteIntervalSec: 60 }] });
    const { agreement } = await rest.requestor.ready();
    const { allocationId } = await allocate(rest, '2');
    const amounts = ['0.6', '1.2'];
    for (const [i, totalAmountAccepted] of amounts.entries()) {
      rest.clock.pass(60_000);
      const note = (await feed(rest, FEEDS.notes))[i]?.debitNoteId;
      expect(await rest.requestor.get('GET', `/payment-api/v1/debitNotes/${note}`)).toMatchObject({
        totalAmountDue: totalAmountAccepted,
      });
      await rest.requestor.get('POST', `/payment-api/v1/debitNotes/${note}/accept`, {
        totalAmountAccepted,
        allocationId,
      });
    }
    await rest.requestor.terminate(agreement);
    const [event] = await feed(rest, FEEDS.invoices);
    await rest.requestor.get('POST', `/payment-api/v1/invoices/${event?.invoiceId}/accept`, {
      totalAmountAccepted: '1.2',
      allocationId,
    });
    expect(await rest.requestor.get('GET', `/payment-api/v1/allocations/${allocationId}`)).toMatchObject({
      spentAmount: '1.2',
    });
    rest.clock.pass(600_000);
    expect(await feed(rest, FEEDS.notes)).toHaveLength(2);
  });

  it('is asked for as often as was negotiated', async () => {
    const rest = await golemAtRest();
    const demand = await rest.requestor.demand();
    const [initial] = await rest.requestor.events(demand);
    await rest.requestor.counter(demand, initial?.proposal?.proposalId ?? '', {
      'golem.com.payment.chosen-platform': 'erc20-hoodi-tglm',
      'golem.com.scheme.payu.debit-note.interval-sec?': 10,
    });
    const [draft] = await rest.requestor.events(demand);
    const { agreement } = await rest.requestor.sign(draft?.proposal?.proposalId ?? '');
    await rest.requestor.activity(agreement);
    rest.clock.pass(9_999);
    expect(await feed(rest, FEEDS.notes)).toEqual([]);
    rest.clock.pass(1);
    expect(await feed(rest, FEEDS.notes)).toHaveLength(1);
    rest.clock.pass(10_000);
    expect(await feed(rest, FEEDS.notes)).toHaveLength(2);
  });

  it.each(['invoices', 'debitNotes'])('lists %s as a daemon does: the oldest first, ten unless asked', async (kind) => {
    const rest = await golemAtRest({ providers: [{ debitNoteIntervalSec: 1 }] });
    for (let i = 0; i < 12; i++) {
      const agreement = await rest.requestor.agreement();
      if (kind === 'debitNotes') await rest.requestor.activity(agreement);
      if (kind === 'debitNotes') rest.clock.pass(1_000);
      await rest.requestor.terminate(agreement);
    }
    const list = (query = '') =>
      rest.requestor.get<{ timestamp: string; agreementId: string }[]>('GET', `/payment-api/v1/${kind}${query}`);
    const all = await list('?maxItems=100');
    const dates = all.map(({ timestamp }) => timestamp);
    expect(dates).toHaveLength(12);
    expect([...new Set(dates)].sort()).toEqual(dates);
    expect(await list()).toEqual(all.slice(0, 10));
    expect(await list('?maxItems=3')).toEqual(all.slice(0, 3));
    expect(await list(`?maxItems=3&afterTimestamp=${dates[2]}`)).toEqual(all.slice(3, 6));
    expect(await list(`?afterTimestamp=${dates[9]}`)).toEqual(all.slice(10));
    expect(await list(`?afterTimestamp=${dates[11]}`)).toEqual([]);
    const wrong = await rest.requestor.call('GET', `/payment-api/v1/${kind}?afterTimestamp=soon`);
    expect(wrong.status).toBe(400);
  });

  it('that does not come in time ends the agreement', async () => {
    const rest = await golemAtRest();
    const { agreement } = await rest.requestor.ready();
    rest.clock.pass(239_999);
    expect(await rest.requestor.agreementState(agreement)).toBe('Approved');
    rest.clock.pass(1);
    expect(await rest.requestor.agreementState(agreement)).toBe('Terminated');
    expect((await feed(rest, FEEDS.agreements)).at(-1)).toMatchObject({
      reason: { 'golem.provider.code': 'DebitNotesDeadline' },
    });
  });

  it('needs an allocation that is neither released nor on an unknown network', async () => {
    const rest = await golemAtRest();
    const { allocationId } = await allocate(rest, '1e-7');
    const path = `/payment-api/v1/allocations/${allocationId}`;
    expect(await rest.requestor.get('GET', path)).toMatchObject({ allocationId, remainingAmount: '0.0000001' });
    expect(
      await rest.requestor.get('GET', `/payment-api/v1/demandDecorations?allocationIds=${allocationId}`),
    ).toMatchObject({
      constraints: [
        '(golem.com.payment.platform.erc20-hoodi-tglm.address=*)',
        '(golem.com.payment.protocol.version>1)',
      ],
    });
    await rest.requestor.get('DELETE', path);
    expect((await rest.requestor.call('GET', path)).status).toBe(410);
    const moon = { totalAmount: '1', paymentPlatform: 'erc20-moon-tglm' };
    expect((await rest.requestor.call('POST', '/payment-api/v1/allocations', moon)).status).toBe(400);
  });
});
