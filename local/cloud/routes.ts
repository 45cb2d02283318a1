import * as v from 'valibot';
import type { Authorizer } from './authorizers.ts';
import type { LambdaFunction } from './functions.ts';
import type { Template } from './template.ts';

/** A route of the HTTP API. */
export interface Route {
  /** `<method or ANY> <path>`, or `$default`. */
  readonly key: string;
  readonly target: LambdaFunction;
  /** Decides who may pass; without one, everybody may. */
  readonly authorizer?: Authorizer;
}

export interface Match {
  readonly route: Route;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

const routeProperties = v.object({
  RouteKey: v.string(),
  Target: v.string(),
  AuthorizationType: v.optional(v.picklist(['NONE', 'CUSTOM'])),
  AuthorizerId: v.exactOptional(v.string()),
});
const integrationProperties = v.object({
  IntegrationType: v.literal('AWS_PROXY'),
  IntegrationUri: v.string(),
  PayloadFormatVersion: v.literal('2.0'),
});

/** The template's routes, each with the function that it leads to, and the authorizer in front of that. */
export function routesOf(
  template: Template,
  functions: readonly LambdaFunction[],
  authorizers: ReadonlyMap<string, Authorizer>,
): Route[] {
  const integrations = template.resources('AWS::ApiGatewayV2::Integration', integrationProperties);
  return template.resources('AWS::ApiGatewayV2::Route', routeProperties).map(({ properties }) => {
    const { RouteKey, Target, AuthorizationType, AuthorizerId = '' } = properties;
    const integration = integrations.find(({ ref }) => Target === `integrations/${ref}`);
    const target = functions.find(({ arn }) => arn === integration?.properties.IntegrationUri);
    if (!target) throw new Error(`The route ${RouteKey} leads to no function.`);
    if (AuthorizationType !== 'CUSTOM') return { key: RouteKey, target };
    const authorizer = authorizers.get(AuthorizerId);
    if (!authorizer) throw new Error(`The route ${RouteKey} names no authorizer of the template.`);
    return { key: RouteKey, target, authorizer };
  });
}

/**
 * The most specific route for a request, as an HTTP API chooses it: fixed segments before parameters, a method before
 * `ANY`, `$default` last.
 * @param path as sent, percent-encoded
 * @throws URIError when the path is not decodable
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const segments = path.split('/').map(decodeURIComponent);
  const matches = routes.flatMap((route) => {
    const pathParameters = parametersOf(route.key, method, segments);
    return pathParameters ? [{ route, pathParameters }] : [];
  });
  return matches.sort((a, b) => compareText(rank(a.route.key), rank(b.route.key)))[0];
}

/** The path's parameters when the route takes this request. */
function parametersOf(key: string, method: string, segments: readonly string[]): Record<string, string> | undefined {
  if (key === '$default') return {};
  const [routeMethod, path = ''] = key.split(' ');
  if (routeMethod !== 'ANY' && routeMethod !== method) return undefined;
  const pattern = path.split('/');
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const name = /^\{(\w+)\}$/.exec(pattern[index] ?? '')?.[1];
    if (name && segment) parameters[name] = segment;
    else if (segment !== pattern[index]) return undefined;
  }
  return parameters;
}

/** Sorts before another route's rank when the route is the more specific one. */
function rank(key: string): string {
  if (key === '$default') return 'z';
  const [method, path = ''] = key.split(' ');
  const segments = path.split('/').map((segment) => (segment.startsWith('{') ? '1' : '0'));
  return segments.join('') + (method === 'ANY' ? '1' : '0');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
