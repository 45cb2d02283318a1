import { describe, expect, it } from 'vitest';
import { type HandRequestor, sh } from './hand-requestor.ts';
import { until } from './processes.ts';
import { ACTIVITY, atRestWith, MARKET, PAYMENT, requestorWith, whileTimePasses } from './with-faults.ts';

// What each fault of activities and payment shows at the daemon's API.

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
    expect(await golem.report()).toMatchObject({ unbilledByFault: [agreement], wronglyBilled: [], invoices: 0 });
    expect((await golem.report()).openActivities).toEqual([]);
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
    await until('billed', async () => (await golem.report()).invoices === 1);
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
    expect(await golem.report()).toMatchObject({ openActivities: [], invoices: 1 });
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
    expect(await golem.report()).toMatchObject({ invoices: 0, unbilledByFault: [agreement], wronglyBilled: [] });
    clock.pass(1);
    const { invoices, unbilledByFault } = await golem.report();
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
    expect((await golem.report()).unpaidInvoices).toEqual([invoice?.invoiceId]);
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

function allocation(requestor: HandRequestor): Promise<{ allocationId: string }> {
  return requestor.get('POST', `${PAYMENT}/allocations`, { totalAmount: '1', paymentPlatform: 'erc20-hoodi-tglm' });
}
