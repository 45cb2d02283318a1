import * as v from 'valibot';
import { DaemonError } from '../daemon/errors.ts';
import type { GsbServices } from '../daemon/gsb.ts';
import { type Handlers, json, param, read } from './call.ts';

const NewService = v.object({ listen: v.object({ on: v.string(), components: v.array(v.string()) }) });

export function gsbCalls(gsb: GsbServices): Handlers<'createService' | 'connectService' | 'deleteService'> {
  return {
    createService({ body }) {
      const { listen } = read(NewService, body);
      return json(201, { listen, ...gsb.bind(listen.on, listen.components) });
    },
    connectService() {
      throw new DaemonError('badRequest', 'a service is reached by a WebSocket');
    },
    deleteService(call) {
      gsb.unbind(param(call, 'service'));
      return json(200, null);
    },
  };
}
