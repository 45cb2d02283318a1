import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import type { LambdaFunction } from './functions.ts';
import { region, type Template } from './template.ts';

/** The authorizer's part of an HTTP API's event: what a function learns about the caller. */
export type AuthorizerContext = Readonly<Record<string, unknown>> | null;

/** `unidentified` is for API Gateway to answer with 401, `denied` with 403. */
export type Decision =
  | { readonly verdict: 'unidentified' }
  | { readonly verdict: 'denied' }
  | { readonly verdict: 'allowed'; readonly context: AuthorizerContext };

type Request = Pick<APIGatewayProxyEventV2, 'headers' | 'rawQueryString'>;

const properties = v.object({
  AuthorizerType: v.literal('REQUEST'),
  AuthorizerPayloadFormatVersion: v.literal('2.0'),
  EnableSimpleResponses: v.literal(true, 'authorizers answer yes or no here, not with policies'),
  AuthorizerUri: v.string(),
  AuthorizerResultTtlInSeconds: v.optional(v.number(), 0),
  IdentitySource: v.optional(v.array(v.string()), []),
});

const simpleResponse = v.object({
  isAuthorized: v.boolean(),
  context: v.nullish(v.record(v.string(), v.unknown()), null),
});

/** The template's Lambda authorizers, by what `Ref` returns for them. */
export function authorizersOf(
  template: Template,
  functions: readonly LambdaFunction[],
  clock: () => number,
): Map<string, Authorizer> {
  const authorizers = template.resources('AWS::ApiGatewayV2::Authorizer', properties);
  return new Map(
    authorizers.map(({ ref, properties }) => {
      const lambda = functions.find(({ arn }) => properties.AuthorizerUri.endsWith(`/functions/${arn}/invocations`));
      if (!lambda) throw new Error(`The authorizer ${ref} leads to no function.`);
      const sources = properties.IdentitySource.map((expression) => identitySource(expression));
      const ttl = properties.AuthorizerResultTtlInSeconds * 1000;
      return [ref, new Authorizer(lambda, sources, ttl, clock)];
    }),
  );
}

/**
 * A function that is asked whether a request may pass. Its decision for an identity is cached, for all routes.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export class Authorizer {
  readonly #lambda: Pick<LambdaFunction, 'invoke'>;
  readonly #sources: readonly IdentitySource[];
  /** ms; 0 when nothing is cached. */
  readonly #ttl: number;
  readonly #clock: () => number;
  readonly #cached = new Map<string, { readonly decision: Decision; readonly until: number }>();

  constructor(
    lambda: Pick<LambdaFunction, 'invoke'>,
    sources: readonly IdentitySource[],
    ttl: number,
    clock: () => number,
  ) {
    this.#lambda = lambda;
    this.#sources = sources;
    this.#ttl = ttl;
    this.#clock = clock;
  }

  /** @throws Error when the function fails or does not answer yes or no: API Gateway's 500 */
  async decide(event: APIGatewayProxyEventV2): Promise<Decision> {
    const identity = this.#sources.map((source) => source(event));
    if (!identity.every((value) => value)) return { verdict: 'unidentified' };
    const key = JSON.stringify(identity);
    const cached = this.#cached.get(key);
    if (cached && cached.until > this.#clock()) return cached.decision;

    const decision = decisionOf(await this.#lambda.invoke(authorizerEvent(event, identity)));
    this.#cache(key, decision);
    return decision;
  }

  #cache(key: string, decision: Decision): void {
    const now = this.#clock();
    for (const [old, { until }] of this.#cached) if (until <= now) this.#cached.delete(old);
    if (this.#ttl > 0 && this.#sources.length > 0) this.#cached.set(key, { decision, until: now + this.#ttl });
  }
}

/** A value of the request that says who makes it; undefined when it is not there. */
export type IdentitySource = (request: Request) => string | undefined;

/** @throws Error for an expression that is not known here */
export function identitySource(expression: string): IdentitySource {
  const [, place, name = ''] = /^\$request\.(header|querystring)\.(.+)$/.exec(expression) ?? [];
  if (place === 'header') return ({ headers }) => headers[name.toLowerCase()];
  if (place === 'querystring') {
    return ({ rawQueryString }) => new URLSearchParams(rawQueryString).getAll(name).join(',');
  }
  throw new Error(`The local cloud does not know the identity source ${expression}.`);
}

/** Payload format 2.0: the request without its body. */
function authorizerEvent(event: APIGatewayProxyEventV2, identity: readonly (string | undefined)[]) {
  const { body: _, isBase64Encoded: __, ...request } = event;
  const { accountId, apiId, stage, http } = event.requestContext;
  const routeArn = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stage}/${http.method}${event.rawPath}`;
  return { ...request, type: 'REQUEST', routeArn, identitySource: identity };
}

function decisionOf(returned: unknown): Decision {
  const { success, output } = v.safeParse(simpleResponse, returned);
  if (!success) throw new Error('It returned no simple response of an authorizer: {"isAuthorized": true or false}.');
  return output.isAuthorized ? { verdict: 'allowed', context: output.context ?? null } : { verdict: 'denied' };
}
