import type { HttpFunction } from '../../functions/http/types.ts';
import { routeOf } from './contract.ts';
import { send } from './http.ts';

/** `fetch` for an API whose functions run in this process; by route of the contract and method, such as `GET /models`. */
export function apiFetch(functions: Readonly<Record<string, HttpFunction>>): typeof fetch {
  return async (input, init = {}) => {
    init.signal?.throwIfAborted();
    const { pathname } = new URL(String(input));
    const method = init.method ?? 'GET';
    const route = routeOf(pathname);
    const fn = functions[`${method} ${route}`];
    if (!fn || !route) throw new Error(`The test serves no ${method} ${pathname}.`);
    const { status, headers, text } = await send(fn, {
      ...{ method, route, parameters: parametersOf(route, pathname) },
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(init.body && { body: init.body as Uint8Array }),
    });
    return new Response(text || null, { status, headers: headers as Record<string, string> });
  };
}

function parametersOf(route: string, pathname: string): Record<string, string> {
  const segments = pathname.split('/').map(decodeURIComponent);
  const names = route.split('/').map((part) => /^\{(\w+)\}$/.exec(part)?.[1]);
  return Object.fromEntries(names.flatMap((name, i) => (name ? [[name, segments[i] ?? '']] : [])));
}
