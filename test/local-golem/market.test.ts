import { describe, expect, it } from 'vitest';
import { HandRequestor } from './hand-requestor.ts';
import { golemAtRest, golemFor } from './with-golem.ts';

const DEMANDS = '/market-api/v1/demands';

describe('offers', () => {
  it('come from the providers that meet the demand, once', async () => {
    const { requestor } = await golemAtRest({
      providers: [{ memGib: 2 }, { memGib: 8 }, { memGib: 4, name: 'third' }],
    });
    requestor.constraints =
      '(&(golem.runtime.name=vm)(golem.inf.mem.gib>=4)(golem.com.payment.platform.erc20-hoodi-tglm.address=*))';
    const demand = await requestor.demand();
    const names = (await requestor.events(demand)).map(({ proposal }) => proposal?.properties['golem.node.id.name']);
    expect(names).toEqual(['local-2', 'third']);
    expect(await requestor.events(demand)).toEqual([]);
  });

  it('do not come to demands that the providers refuse', async () => {
    const { clock, requestor } = await golemAtRest();
    requestor.expiration = clock.now() - 1;
    expect(await requestor.events(await requestor.demand())).toEqual([]);
  });

  it('end with the demand: those who wait get 404', async () => {
    const requestor = new HandRequestor(await golemFor({ providers: [{ memGib: 1 }] }));
    requestor.constraints = '(golem.inf.mem.gib>1)';
    const demand = await requestor.demand();
    const waiting = requestor.call('GET', `${DEMANDS}/${demand}/events?timeout=60`);
    await requestor.get('DELETE', `${DEMANDS}/${demand}`);
    expect((await waiting).status).toBe(404);
    expect((await requestor.call('DELETE', `${DEMANDS}/${demand}`)).status).toBe(404);
  });

  it('end an hour after the demand was published', async () => {
    const { clock, golem, requestor } = await golemAtRest();
    const demand = await requestor.demand();
    clock.pass(3_599_999);
    expect((await golem.report()).demands).toEqual([demand]);
    clock.pass(1);
    expect((await requestor.call('GET', `${DEMANDS}/${demand}/events?timeout=0`)).status).toBe(404);
  });

  it('refuse constraints they cannot read', async () => {
    const { requestor } = await golemAtRest();
    requestor.constraints = '(|(a=b)(c=d))';
    expect((await requestor.call('POST', DEMANDS, requestor.terms())).status).toBe(400);
  });
});

describe('negotiation', () => {
  it('answers a counter-proposal with a draft that has the terms of the demand', async () => {
    const { requestor } = await golemAtRest();
    const demand = await requestor.demand();
    const [initial] = await requestor.events(demand);
    const counter = await requestor.counter(demand, initial?.proposal?.proposalId ?? '');
    expect(await requestor.events(demand)).toMatchObject([
      {
        eventType: 'ProposalEvent',
        proposal: {
          state: 'Draft',
          prevProposalId: counter,
          properties: { 'golem.com.payment.debit-notes.accept-timeout?': 120, 'golem.inf.mem.gib': 16 },
        },
      },
    ]);
    expect(await requestor.get('GET', `${DEMANDS}/${demand}/proposals/${counter}`)).toMatchObject({
      proposalId: counter,
    });
  });

  it.each([
    ['no platform was chosen', {}, 'chosen-platform'],
    ['the platform is not theirs', { 'golem.com.payment.chosen-platform': 'erc20-moon-tglm' }, 'chosen-platform'],
    [
      'less than five minutes are left',
      {
        'golem.com.payment.chosen-platform': 'erc20-hoodi-tglm',
        'golem.srv.comp.expiration': Date.parse('2026-01-01T00:04:59Z'),
      },
      '5 minutes',
    ],
  ])('is rejected by providers when %s', async (_, terms, reason) => {
    const { requestor } = await golemAtRest();
    const demand = await requestor.demand();
    const [initial] = await requestor.events(demand);
    const counter = await requestor.counter(demand, initial?.proposal?.proposalId ?? '', terms);
    expect(await requestor.events(demand)).toMatchObject([
      {
        eventType: 'ProposalRejectedEvent',
        proposalId: counter,
        reason: { message: expect.stringContaining(reason), 'golem.proposal.rejection.is-final': false },
      },
    ]);
  });

  it('is rejected by a provider that works for another, which offers again when it is free', async () => {
    const { requestor } = await golemAtRest();
    const late = await requestor.demand();
    const [initial] = await requestor.events(late);
    const agreement = await requestor.agreement();
    await requestor.counter(late, initial?.proposal?.proposalId ?? '');
    expect(await requestor.events(late)).toMatchObject([
      { reason: { message: expect.stringContaining('No capacity') } },
    ]);
    expect(await requestor.events(await requestor.demand())).toEqual([]);

    await requestor.terminate(agreement);
    expect(await requestor.events(late)).toMatchObject([{ proposal: { state: 'Initial' } }]);
  });
});

describe('agreements', () => {
  it('of one provider are signed with one of two at once', async () => {
    const { golem, requestor } = await golemAtRest();
    const demands = [await requestor.demand(), await requestor.demand()];
    const drafts: string[] = [];
    for (const demand of demands) drafts.push(...(await requestor.drafts(demand)));
    expect(drafts).toHaveLength(2);
    const signed = await Promise.all(drafts.map((draft) => requestor.sign(draft)));
    expect(signed.map(({ status }) => status).sort()).toEqual([204, 410]);
    expect((await golem.report()).openAgreements).toEqual(
      signed.filter(({ status }) => status === 204).map((one) => one.agreement),
    );
  });

  it('are made of a draft once, and only of a draft', async () => {
    const { requestor } = await golemAtRest();
    const demand = await requestor.demand();
    const [initial] = await requestor.events(demand);
    const body = { validTo: new Date(requestor.expiration).toISOString() };
    const make = async (proposalId: string) =>
      (await requestor.call('POST', '/market-api/v1/agreements', { ...body, proposalId })).status;
    expect(await make(initial?.proposal?.proposalId ?? '')).toBe(400);
    const counter = await requestor.counter(demand, initial?.proposal?.proposalId ?? '');
    expect(await make(counter)).toBe(400);
    const [draft] = await requestor.events(demand);
    expect(await make(draft?.proposal?.proposalId ?? '')).toBe(200);
    expect(await make(draft?.proposal?.proposalId ?? '')).toBe(409);
    expect(await make('R-unknown')).toBe(404);
  });

  it('that would end before now are refused, and their draft can still be signed', async () => {
    const { clock, requestor } = await golemAtRest();
    const [proposalId = ''] = await requestor.drafts(await requestor.demand());
    const body = { proposalId, validTo: new Date(clock.now()).toISOString() };
    expect((await requestor.call('POST', '/market-api/v1/agreements', body)).status).toBe(400);
    expect((await requestor.sign(proposalId)).status).toBe(204);
  });

  it('name the demand by its subscription and carry what was negotiated', async () => {
    const { requestor } = await golemAtRest();
    const demand = await requestor.demand();
    const [draft = ''] = await requestor.drafts(demand);
    const { agreement } = await requestor.sign(draft);
    expect(await requestor.get('GET', `/market-api/v1/agreements/${agreement}`)).toMatchObject({
      state: 'Approved',
      appSessionId: requestor.session,
      demand: { demandId: demand, properties: { 'golem.com.payment.chosen-platform': 'erc20-hoodi-tglm' } },
      offer: { properties: { 'golem.node.id.name': 'local-1' } },
    });
  });

  it('can be terminated only while approved', async () => {
    const { requestor } = await golemAtRest();
    const [draft = ''] = await requestor.drafts(await requestor.demand());
    const unsigned = await requestor.createAgreement(draft);
    expect((await requestor.terminate(unsigned)).status).toBe(410);
    await requestor.get('POST', `/market-api/v1/agreements/${unsigned}/confirm`);
    expect((await requestor.terminate(unsigned)).status).toBe(200);
    expect((await requestor.terminate(unsigned)).status).toBe(410);
  });
});
