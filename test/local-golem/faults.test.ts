import { describe, expect, it } from 'vitest';
import { ManualClock } from './manual-clock.ts';
import { until } from './processes.ts';
import { ACTIVITY, atRestWith, MARKET, PAYMENT, requestorWith, whileTimePasses } from './with-faults.ts';

// What each fault of the market and the daemon shows at the daemon's API.

const PRICES = 'golem.com.pricing.model.linear.coeffs';

describe('on the market', () => {
  it('no-offers: the demand gets no proposal', async () => {
    const { requestor } = await requestorWith([{ fault: 'no-offers', providers: ['local-1'] }], { providers: 2 });
    const names = (await requestor.events(await requestor.demand())).map(
      ({ proposal }) => proposal?.properties['golem.node.id.name'],
    );
    expect(names).toEqual(['local-2']);
  });

  it.each(['initial', 'draft'] as const)('price-too-high on %s: this proposal asks thousands of GLM', async (on) => {
    const { requestor } = await requestorWith([{ fault: 'price-too-high', on }]);
    const demand = await requestor.demand();
    const prices = async () => (await requestor.events(demand)).map(({ proposal }) => proposal?.properties[PRICES]);
    const events = await requestor.events(demand);
    const high = [expect.any(Number), expect.any(Number), expect.any(Number)];
    const initial = events[0]?.proposal;
    await requestor.counter(demand, initial?.proposalId ?? '');
    const [draft] = await prices();
    expect(initial?.properties[PRICES]).toEqual(high);
    expect([initial?.properties[PRICES], draft].map((asked) => Math.min(...(asked as number[])) > 1000)).toEqual([
      on === 'initial',
      on === 'draft',
    ]);
  });

  it('malformed-offer: the usage vector is missing', async () => {
    const { requestor } = await requestorWith([{ fault: 'malformed-offer' }]);
    const [event] = await requestor.events(await requestor.demand());
    expect(event?.proposal?.properties).not.toHaveProperty(['golem.com.usage.vector']);
  });

  it.each([
    ['proposal-rejected', { reason: { message: 'The provider is not interested' } }],
    ['rejected-without-reason', {}],
  ] as const)('%s: the counter-proposal is answered by a rejection', async (fault, more) => {
    const { requestor } = await requestorWith([{ fault }]);
    const demand = await requestor.demand();
    const [event] = await requestor.events(demand);
    const counter = await requestor.counter(demand, event?.proposal?.proposalId ?? '');
    const [rejection] = await requestor.events(demand);
    expect(rejection).toMatchObject({ eventType: 'ProposalRejectedEvent', proposalId: counter, ...more });
    expect('reason' in (rejection ?? {})).toBe(fault === 'proposal-rejected');
  });

  it('agreement-rejected: the wait answers 410', async () => {
    const { requestor } = await requestorWith([{ fault: 'agreement-rejected' }]);
    const [draft = ''] = await requestor.drafts(await requestor.demand());
    expect((await requestor.sign(draft)).status).toBe(410);
  });

  it('agreement-late: the wait answers 408, and the agreement is approved after all', async () => {
    const { clock, requestor } = await atRestWith([{ fault: 'agreement-late', seconds: 70 }]);
    const [draft = ''] = await requestor.drafts(await requestor.demand());
    const { agreement, status } = await whileTimePasses(clock, requestor.sign(draft));
    expect(status).toBe(408);
    expect(await requestor.agreementState(agreement)).toBe('Pending');
    clock.pass(70_000);
    expect(await requestor.agreementState(agreement)).toBe('Approved');
  });

  it('agreement-late: the requestor can take its signature back meanwhile', async () => {
    const { clock, golem, requestor } = await atRestWith([{ fault: 'agreement-late', seconds: 70 }]);
    const [draft = ''] = await requestor.drafts(await requestor.demand());
    const { agreement } = await whileTimePasses(clock, requestor.sign(draft));
    await requestor.get('POST', `${MARKET}/agreements/${agreement}/cancel`, { message: 'Finished' });
    clock.pass(70_000);
    expect(await requestor.agreementState(agreement)).toBe('Cancelled');
    expect((await golem.report()).openAgreements).toEqual([]);
    expect((await requestor.call('POST', `${MARKET}/agreements/${agreement}/cancel`)).status).toBe(410);
  });
});

describe('of the daemon', () => {
  it('call-fails: the calls that the rule names answer its status, the others work', async () => {
    const { requestor } = await requestorWith([
      { fault: 'call-fails', on: ['collectOffers', 'getInvoice'], status: 502 },
    ]);
    const demand = await requestor.demand();
    expect((await requestor.call('GET', `${MARKET}/demands/${demand}/events?timeout=0`)).status).toBe(502);
    expect((await requestor.call('GET', `${PAYMENT}/invoices/x`)).status).toBe(502);
    expect((await requestor.call('GET', `${PAYMENT}/invoices`)).status).toBe(200);
  });

  it('call-fails at a provider: only calls about its agreements fail', async () => {
    const { requestor } = await requestorWith([{ fault: 'call-fails', on: 'exec', providers: ['local-2'] }], {
      providers: 2,
    });
    const statuses = [];
    for (const _ of [1, 2]) {
      const activity = await requestor.activity(await requestor.agreement());
      const script = { text: JSON.stringify([{ deploy: {} }]) };
      statuses.push((await requestor.call('POST', `${ACTIVITY}/${activity}/exec`, script)).status);
    }
    expect(statuses.sort()).toEqual([200, 500]);
  });

  it.each([
    ['local-1', 500],
    ['local-2', 200],
  ])('call-fails on getDebitNote at %s: a note of local-1 answers %i', async (provider, status) => {
    const golem = { clock: new ManualClock(), providers: [{}, { memGib: 1 }] };
    const { requestor } = await requestorWith(
      [{ fault: 'call-fails', on: 'getDebitNote', providers: [provider] }],
      golem,
    );
    requestor.expiration = golem.clock.now() + 3_600_000;
    requestor.constraints = '(golem.inf.mem.gib>1)';
    await requestor.activity(await requestor.agreement());
    golem.clock.pass(120_000);
    const [event] = await requestor.get<{ debitNoteId: string }[]>(
      'GET',
      `${PAYMENT}/debitNoteEvents?timeout=0&afterTimestamp=2020-01-01T00:00:00Z`,
    );
    expect((await requestor.call('GET', `${PAYMENT}/debitNotes/${event?.debitNoteId}`)).status).toBe(status);
  });

  it('call-slow: the call does its work and answers late', async () => {
    const { clock, golem, requestor } = await atRestWith([{ fault: 'call-slow', on: 'createAgreement', seconds: 11 }]);
    const [draft = ''] = await requestor.drafts(await requestor.demand());
    const from = clock.now();
    const agreement = await whileTimePasses(clock, requestor.createAgreement(draft));
    expect(clock.now() - from).toBeGreaterThanOrEqual(11_000);
    expect(await requestor.agreementState(agreement)).toBe('Proposal');
    expect(golem.faults()).toMatchObject([{ strikes: 1 }]);
  });

  it('call-slow: whoever leaves meanwhile leaves no trace', async () => {
    const { clock, golem, requestor } = await atRestWith([{ fault: 'call-slow', on: 'getIdentity', times: 2 }]);
    const headers = { Authorization: `Bearer ${golem.appKey}` };
    const leaving = new AbortController();
    const calls = [1, 2].map(() => fetch(`${golem.url}/me`, { headers, signal: leaving.signal }).catch(() => 'left'));
    await until('both are waiting', () => golem.faults()[0]?.strikes === 2);
    leaving.abort();
    expect(await Promise.all(calls)).toEqual(['left', 'left']);
    clock.pass(11_000);
    expect((await requestor.call('GET', '/me')).status).toBe(200);
  });

  it('daemon-gone: connections break and are refused, and later it is there again with all it knew', async () => {
    const { clock, golem, requestor } = await atRestWith([
      { fault: 'daemon-gone', on: 'getIdentity', seconds: 10, times: 1 },
    ]);
    const agreement = await requestor.agreement();
    await expect(requestor.call('GET', '/me')).rejects.toThrow();
    await expect(requestor.call('GET', '/me')).rejects.toThrow();
    clock.pass(10_000);
    await until('it is back', async () => (await requestor.call('GET', '/me').catch(() => null))?.status === 200);
    expect(await requestor.agreementState(agreement)).toBe('Approved');
    expect(golem.faults()).toMatchObject([{ strikes: 1 }]);
  });
});
