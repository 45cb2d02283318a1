import * as v from 'valibot';
import type { Agreement } from '../../daemon/agreements.ts';
import type { StandIn } from '../../stand-in.ts';
import { readBody } from '../body.ts';
import { empty, json, numberOf, param, type Route, waitOf } from '../router.ts';
import { feedQuery } from './feed-query.ts';

const Terms = v.object({ properties: v.record(v.string(), v.unknown()), constraints: v.string() });
const NewAgreement = v.object({
  proposalId: v.string(),
  validTo: v.pipe(v.string(), v.check(isDate, 'must be a date')),
});
const Reason = v.object({ message: v.optional(v.string(), '') });

const ROOT = '/market-api/v1';

export function marketCalls(standIn: StandIn): Route[] {
  const { market, agreements, clock } = standIn;
  return [
    {
      name: 'subscribeDemand',
      method: 'POST',
      path: `${ROOT}/demands`,
      handle: ({ body }) => json(201, market.subscribe(readBody(Terms, body))),
    },
    {
      name: 'unsubscribeDemand',
      method: 'DELETE',
      path: `${ROOT}/demands/:demand`,
      handle(call) {
        market.unsubscribe(param(call, 'demand'));
        return empty(204);
      },
    },
    {
      name: 'collectOffers',
      method: 'GET',
      path: `${ROOT}/demands/:demand/events`,
      async handle(call) {
        const maxEvents = numberOf(call, 'maxEvents', { or: 10, from: 1, to: 100 });
        return json(200, await market.events(param(call, 'demand'), maxEvents, waitOf(call, clock)));
      },
    },
    {
      name: 'counterProposal',
      method: 'POST',
      path: `${ROOT}/demands/:demand/proposals/:proposal`,
      handle: (call) =>
        json(200, market.counter(param(call, 'demand'), param(call, 'proposal'), readBody(Terms, call.body))),
    },
    {
      name: 'getProposal',
      method: 'GET',
      path: `${ROOT}/demands/:demand/proposals/:proposal`,
      handle: (call) => json(200, market.proposal(param(call, 'demand'), param(call, 'proposal'))),
    },
    {
      name: 'createAgreement',
      method: 'POST',
      path: `${ROOT}/agreements`,
      handle({ body }) {
        const { proposalId, validTo } = readBody(NewAgreement, body);
        return json(200, agreements.create(market.sign(proposalId), validTo).id);
      },
    },
    {
      name: 'listAgreements',
      method: 'GET',
      path: `${ROOT}/agreements`,
      handle({ query }) {
        const asked = { session: query.get('appSessionId'), state: query.get('state') };
        const listed = agreements
          .all()
          .filter(({ appSessionId }) => !asked.session || appSessionId === asked.session)
          .filter(({ state }) => !asked.state || state === asked.state);
        return json(200, listed.map(asListEntry));
      },
    },
    {
      name: 'getAgreement',
      method: 'GET',
      path: `${ROOT}/agreements/:agreement`,
      handle: (call) => json(200, onTheWire(agreements.get(param(call, 'agreement')))),
    },
    {
      name: 'confirmAgreement',
      method: 'POST',
      path: `${ROOT}/agreements/:agreement/confirm`,
      handle(call) {
        agreements.confirm(param(call, 'agreement'), call.query.get('appSessionId'));
        return empty(204);
      },
    },
    {
      name: 'waitForApproval',
      method: 'POST',
      path: `${ROOT}/agreements/:agreement/wait`,
      async handle(call) {
        await agreements.waitForApproval(param(call, 'agreement'), waitOf(call, clock));
        return empty(204);
      },
    },
    {
      name: 'cancelAgreement',
      method: 'POST',
      path: `${ROOT}/agreements/:agreement/cancel`,
      handle(call) {
        agreements.cancel(param(call, 'agreement'), readBody(Reason, call.body ?? {}).message);
        return empty(200);
      },
    },
    {
      name: 'terminateAgreement',
      method: 'POST',
      path: `${ROOT}/agreements/:agreement/terminate`,
      async handle(call) {
        const { message } = readBody(Reason, call.body ?? {});
        await standIn.terminateAgreement(param(call, 'agreement'), { by: 'Requestor', message });
        return empty(200);
      },
    },
    {
      name: 'collectAgreementEvents',
      method: 'GET',
      path: `${ROOT}/agreementEvents`,
      handle: async (call) => json(200, await agreements.events(feedQuery(call, clock))),
    },
  ];
}

function isDate(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

function asListEntry({ id, timestamp, approvedDate }: Agreement) {
  return { id, timestamp, approvedDate, role: 'Requestor' };
}

function onTheWire({ id, draft: { demand, offer }, ...agreement }: Agreement) {
  return {
    agreementId: id,
    state: agreement.state,
    timestamp: agreement.timestamp,
    validTo: agreement.validTo,
    approvedDate: agreement.approvedDate,
    appSessionId: agreement.appSessionId,
    demand: {
      demandId: demand.id,
      requestorId: demand.requestorId,
      timestamp: demand.timestamp,
      properties: demand.properties,
      constraints: demand.constraints,
    },
    offer: {
      offerId: offer.proposalId,
      providerId: offer.issuerId,
      timestamp: offer.timestamp,
      properties: offer.properties,
      constraints: offer.constraints,
    },
  };
}
