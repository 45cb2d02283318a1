import * as v from 'valibot';
import type { StandIn } from '../../stand-in.ts';
import { readBody } from '../body.ts';
import { json, param, type Route } from '../router.ts';

const NewService = v.object({ listen: v.object({ on: v.string(), components: v.array(v.string()) }) });

export const GSB_SERVICES = '/gsb-api/v1/services';

export function gsbCalls({ gsb }: StandIn): Route[] {
  return [
    {
      name: 'createService',
      method: 'POST',
      path: GSB_SERVICES,
      handle({ body }) {
        const { listen } = readBody(NewService, body);
        return json(201, { listen, ...gsb.bind(listen.on, listen.components) });
      },
    },
    {
      name: 'deleteService',
      method: 'DELETE',
      path: `${GSB_SERVICES}/:service`,
      handle(call) {
        gsb.unbind(param(call, 'service'));
        return json(200, null);
      },
    },
  ];
}
