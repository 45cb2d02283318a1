import * as v from 'valibot';
import type { Clock } from '../../provider/clock.ts';
import type { Agreement, Agreements } from '../daemon/agreements.ts';
import type { Demand, Market } from '../daemon/market.ts';
import { DateText, empty, feedQuery, type Handlers, json, numberOf, param, read, waitOf } from './call.ts';

const Terms = v.object({ properties: v.record(v.string(), v.unknown()), constraints: v.string() });
const NewAgreement = v.object({ proposalId: v.string(), validTo: DateText });
const Reason = v.object({ message: v.optional(v.string(), '') });

export function demandCalls(
  market: Market,
  clock: Clock,
): Handlers<
  'subscribeDemand' | 'listDemands' | 'unsubscribeDemand' | 'collectOffers' | 'counterProposal' | 'getProposal'
> {
  return {
    subscribeDemand: ({ body }) => json(201, market.subscribe(read(Terms, body))),
    listDemands: () => json(200, market.demands().map(demandOnTheWire)),
    unsubscribeDemand(call) {
      market.unsubscribe(param(call, 'demand'));
      return empty(204);
    },
    async collectOffers(call) {
      const maxEvents = numberOf(call, 'maxEvents', { or: 10, from: 1, to: 100 });
      return json(200, await market.events(param(call, 'demand'), maxEvents, waitOf(call, clock)));
    },
    counterProposal: (call) =>
      json(200, market.counter(param(call, 'demand'), param(call, 'proposal'), read(Terms, call.body))),
    getProposal: (call) => json(200, market.proposal(param(call, 'demand'), param(call, 'proposal'))),
  };
}

export function agreementCalls(
  agreements: Agreements,
  clock: Clock,
): Handlers<
  | 'createAgreement'
  | 'listAgreements'
  | 'getAgreement'
  | 'confirmAgreement'
  | 'waitForApproval'
  | 'cancelAgreement'
  | 'terminateAgreement'
  | 'collectAgreementEvents'
> {
  return {
    createAgreement({ body }) {
      const { proposalId, validTo } = read(NewAgreement, body);
      return json(200, agreements.create(proposalId, validTo).id);
    },
    listAgreements({ query }) {
      const asked = { session: query.get('appSessionId'), state: query.get('state') };
      const listed = agreements
        .all()
        .filter(({ appSessionId }) => !asked.session || appSessionId === asked.session)
        .filter(({ state }) => !asked.state || state === asked.state);
      return json(200, listed.map(asListEntry));
    },
    getAgreement: (call) => json(200, onTheWire(agreements.get(param(call, 'agreement')))),
    confirmAgreement(call) {
      agreements.confirm(param(call, 'agreement'), call.query.get('appSessionId'));
      return empty(204);
    },
    async waitForApproval(call) {
      await agreements.waitForApproval(param(call, 'agreement'), waitOf(call, clock));
      return empty(204);
    },
    cancelAgreement(call) {
      agreements.cancel(param(call, 'agreement'), read(Reason, call.body ?? {}).message);
      return empty(200);
    },
    async terminateAgreement(call) {
      const { message } = read(Reason, call.body ?? {});
      await agreements.terminate(param(call, 'agreement'), { by: 'Requestor', message });
      return empty(200);
    },
    collectAgreementEvents: async (call) => json(200, await agreements.events(feedQuery(call, clock))),
  };
}

function asListEntry({ id, timestamp, approvedDate }: Agreement) {
  return { id, timestamp, approvedDate, role: 'Requestor' };
}

function demandOnTheWire({ id, requestorId, timestamp, properties, constraints }: Demand) {
  return { demandId: id, requestorId, timestamp, properties, constraints };
}

function onTheWire({ id, draft: { demand, offer }, ...agreement }: Agreement) {
  return {
    agreementId: id,
    state: agreement.state,
    timestamp: agreement.timestamp,
    validTo: agreement.validTo,
    approvedDate: agreement.approvedDate,
    appSessionId: agreement.appSessionId,
    demand: demandOnTheWire(demand),
    offer: {
      offerId: offer.proposalId,
      providerId: offer.issuerId,
      timestamp: offer.timestamp,
      properties: offer.properties,
      constraints: offer.constraints,
    },
  };
}
