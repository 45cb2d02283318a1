import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FaultRule, GolemOptions } from '../../local/golem/index.ts';
import { HandRequestor, sh } from './hand-requestor.ts';
import { until } from './processes.ts';
import { golemAtRest, golemFor } from './with-golem.ts';

// What each fault shows at the daemon's API.

const MARKET = '/market-api/v1';
const PAYMENT = '/payment-api/v1';
const ACTIVITY = '/activity-api/v1/activity';
const PRICES = 'golem.com.pricing.model.linear.coeffs';

async function requestorWith(faults: readonly FaultRule[], options: Partial<GolemOptions> = {}) {
  const golem = await golemFor({ faults, ...options });
  return { golem, requestor: new HandRequestor(golem) };
}

async function atRestWith(faults: readonly FaultRule[]) {
  return golemAtRest({ faults, providers: [{ debitNoteIntervalSec: 10_000 }] });
}

/** Lets time pass until what waits for it is over. */
async function whileTimePasses<T>(clock: { pass(ms: number): void }, waiting: Promise<T>): Promise<T> {
  let over = false;
  const done = waiting.finally(() => {
    over = true;
  });
  while (!over) {
    await pause(5);
    clock.pass(500);
  }
  return done;
}

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
    expect(golem.report().openAgreements).toEqual([]);
    expect((await requestor.call('POST', `${MARKET}/agreements/${agreement}/cancel`)).status).toBe(410);
  });
});

describe('in an activity', () => {
  it('activity-refused: creating one answers 408', async () => {
    const { requestor } = await requestorWith([{ fault: 'activity-refused' }]);
    const agreementId = await requestor.agreement();
    expect(await requestor.call('POST', ACTIVITY, { agreementId })).toEqual({
      status: 408,
      json: { message: 'Timeout' },
    });
  });

  it('silent-death: its calls answer 500, nothing more is heard, and no invoice comes', async () => {
    const { golem, requestor } = await requestorWith([{ fault: 'silent-death', on: 'run' }]);
    const { agreement, activity } = await requestor.ready();
    const batch = await requestor.begin(activity, [sh('echo never')]);
    await until(
      'it is dead',
      async () => (await requestor.call('GET', `${ACTIVITY}/${activity}/state`)).status === 500,
    );
    const dead = { status: 500, json: { message: expect.stringContaining('endpoint address not found') } };
    for (const [method, path] of [
      ['GET', `${activity}/exec/${batch}?timeout=1`],
      ['GET', `${activity}/usage`],
      ['DELETE', activity],
    ] as const) {
      expect(await requestor.call(method, `${ACTIVITY}/${path}`), path).toMatchObject(dead);
    }
    expect(await requestor.agreementState(agreement)).toBe('Approved');
    await requestor.terminate(agreement);
    expect(golem.report()).toMatchObject({ unbilledByFault: [agreement], wronglyBilled: [], invoices: 0 });
    expect(golem.report().openActivities).toEqual([]);
  });

  it('unreachable: its calls answer 408, a second after the time they were given', async () => {
    const { clock, requestor } = await atRestWith([{ fault: 'unreachable', on: 'run' }]);
    const { activity } = await requestor.ready();
    await requestor.begin(activity, [sh('true')]);
    const from = clock.now();
    const answer = await whileTimePasses(clock, requestor.call('GET', `${ACTIVITY}/${activity}/state?timeout=3`));
    expect(answer).toEqual({ status: 408, json: { message: 'Timeout' } });
    expect(clock.now() - from).toBeGreaterThanOrEqual(4000);
  });

  it('polite-exit: the provider ends the agreement and sends its invoice', async () => {
    const { golem, requestor } = await requestorWith([{ fault: 'polite-exit', on: 'run' }]);
    const { agreement, activity } = await requestor.ready();
    await requestor.begin(activity, [sh('true')]);
    await until('billed', () => golem.report().invoices === 1);
    const [, ended] = await requestor.get<object[]>(
      'GET',
      `${MARKET}/agreementEvents?timeout=0&afterTimestamp=2020-01-01T00:00:00Z`,
    );
    expect(ended).toMatchObject({
      eventType: 'AgreementTerminatedEvent',
      agreementId: agreement,
      terminator: 'Provider',
      reason: { 'golem.provider.code': 'Shutdown' },
    });
    expect(await requestor.get('GET', `${ACTIVITY}/${activity}/state`)).toEqual({ state: ['Terminated', null] });
  });

  it.each([
    ['command-fails', 'run', 'ExeScript command exited with code 1'],
    ['killed-command', 'run', 'ExeScript command exited with code 137'],
    ['command-fails', 'download', 'Local service error: Transfer error'],
    ['command-fails', 'upload', 'Local service error: Transfer error'],
  ] as const)('%s on %s: its result is an error', async (fault, on, message) => {
    const { requestor } = await requestorWith([{ fault, on }]);
    const { activity } = await requestor.ready();
    const [here, there] = ['container:/golem/work/a', `gftp://0x${'0'.repeat(40)}/a`];
    const [from, to] = on === 'download' ? [here, there] : [there, here];
    const command = on === 'run' ? sh('true') : { transfer: { from, to } };
    expect(await requestor.exec(activity, [command, sh('echo never')])).toMatchObject([
      { result: 'Error', message: expect.stringContaining(message), isBatchFinished: true },
    ]);
  });

  it('command-fails on deploy: the image is said to be corrupted', async () => {
    const { requestor } = await requestorWith([{ fault: 'command-fails', on: 'deploy' }]);
    const activity = await requestor.activity(await requestor.agreement());
    expect(await requestor.exec(activity, [{ deploy: {} }, { start: {} }])).toMatchObject([
      { result: 'Error', message: expect.stringContaining('Incorrect hash provided'), isBatchFinished: true },
    ]);
  });

  it.each(['deploy', 'start', 'run'])('hang on %s: no result comes, until the activity is ended', async (on) => {
    const { golem, requestor } = await requestorWith([{ fault: 'hang', on }]);
    const agreement = await requestor.agreement();
    const activity = await requestor.activity(agreement);
    const batch = await requestor.begin(activity, [{ deploy: {} }, { start: {} }, sh('true')]);
    const before = ['deploy', 'start', 'run'].indexOf(on);
    await until('the one before is done', async () => (await requestor.results(activity, batch, 0)).length === before);
    expect(await requestor.results(activity, batch, 0.1)).toHaveLength(before);
    expect((await requestor.terminate(agreement)).status).toBe(200);
    expect(golem.report()).toMatchObject({ openActivities: [], invoices: 1 });
  });

  it('slow-command: the result comes later', async () => {
    const { clock, requestor } = await atRestWith([{ fault: 'slow-command', on: 'run', seconds: 10 }]);
    const { activity } = await requestor.ready();
    const from = clock.now();
    expect(await whileTimePasses(clock, requestor.shell(activity, 'echo late'))).toMatchObject([{ stdout: 'late\n' }]);
    expect(clock.now() - from).toBeGreaterThanOrEqual(10_000);
  });
});

describe('in payment', () => {
  it.each([
    ['no-invoice', undefined],
    ['late-invoice', 30],
  ] as const)('%s: after the agreement the feed is silent', async (fault, seconds) => {
    const { clock, golem, requestor } = await atRestWith([{ fault, ...(seconds && { seconds }) }]);
    const { agreement } = await requestor.ready();
    expect((await requestor.terminate(agreement)).status).toBe(200);
    clock.pass(29_999);
    expect(golem.report()).toMatchObject({ invoices: 0, unbilledByFault: [agreement], wronglyBilled: [] });
    clock.pass(1);
    const { invoices, unbilledByFault } = golem.report();
    expect([invoices, unbilledByFault]).toEqual(fault === 'late-invoice' ? [1, []] : [0, [agreement]]);
  });

  it('inflated-invoice: the bill is thousands of times what was agreed', async () => {
    const { requestor } = await requestorWith([{ fault: 'inflated-invoice' }]);
    await requestor.terminate((await requestor.ready()).agreement);
    const [invoice] = await requestor.get<{ amount: string }[]>('GET', `${PAYMENT}/invoices`);
    expect(Number(invoice?.amount)).toBeGreaterThan(1000);
  });

  it.each([400, 410])('accept-refused: accepting answers %i, and the invoice stays unpaid', async (status) => {
    const { golem, requestor } = await requestorWith([{ fault: 'accept-refused', status }]);
    await requestor.terminate((await requestor.ready()).agreement);
    const [invoice] = await requestor.get<{ invoiceId: string; amount: string }[]>('GET', `${PAYMENT}/invoices`);
    const { allocationId } = await allocation(requestor);
    const terms = { totalAmountAccepted: invoice?.amount, allocationId };
    const path = `${PAYMENT}/invoices/${invoice?.invoiceId}/accept`;
    expect((await requestor.call('POST', path, terms)).status).toBe(status);
    expect(golem.report().unpaidInvoices).toEqual([invoice?.invoiceId]);
  });

  it('insufficient-funds: an allocation is refused as problem+json', async () => {
    const { golem } = await requestorWith([{ fault: 'insufficient-funds' }]);
    const answer = await fetch(`${golem.url}${PAYMENT}/allocations`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${golem.appKey}` },
      body: JSON.stringify({ totalAmount: '1', paymentPlatform: 'erc20-hoodi-tglm' }),
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(await answer.json()).toMatchObject({ requestedFunds: '1', detail: expect.any(String) });
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

  it('call-slow: the call does its work and answers late', async () => {
    const { clock, golem, requestor } = await atRestWith([{ fault: 'call-slow', on: 'createAgreement', seconds: 11 }]);
    const [draft = ''] = await requestor.drafts(await requestor.demand());
    const from = clock.now();
    const agreement = await whileTimePasses(clock, requestor.createAgreement(draft));
    expect(clock.now() - from).toBeGreaterThanOrEqual(11_000);
    expect(await requestor.agreementState(agreement)).toBe('Proposal');
    expect(golem.faults()).toMatchObject([{ strikes: 1 }]);
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

function allocation(requestor: HandRequestor): Promise<{ allocationId: string }> {
  return requestor.get('POST', `${PAYMENT}/allocations`, { totalAmount: '1', paymentPlatform: 'erc20-hoodi-tglm' });
}
