import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { operationIds } from '../aws/names.ts';
import { environmentOf } from '../aws/settings.ts';
import { methods } from '../functions/routes.ts';
import { acknowledge } from './acknowledge.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { MlgSettings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface GatewayProps {
  readonly storage: Storage;
  readonly settings: Pick<MlgSettings, 'throttling' | 'corsOrigins' | 'apiKeys' | 'domain' | 'logDays'>;
  /** Serves what no route does. */
  readonly otherwise: LambdaFunction;
}

/** API Gateway's HTTP API: routes, limits, CORS, its log, its name, and who may send. */
export class Gateway extends Construct {
  /** What its metrics are found by. */
  readonly apiId: string;
  readonly #api: HttpApi;
  readonly #authorizer: IHttpRouteAuthorizer | undefined;

  constructor(scope: Construct, id: string, { storage, settings, otherwise }: GatewayProps) {
    super(scope, id);
    this.#api = new HttpApi(this, 'Http', {
      description: 'mlg: ImageNet classification on the Golem Network',
      createDefaultStage: false,
      defaultIntegration: integration(otherwise),
      corsPreflight: {
        allowOrigins: [...settings.corsOrigins],
        allowMethods: methods.map((method) => CorsHttpMethod[method]),
        allowHeaders: ['content-type', 'idempotency-key', 'x-api-key'],
        exposeHeaders: ['location', 'retry-after'],
        maxAge: Duration.hours(1),
      },
    });
    this.apiId = this.#api.apiId;
    this.#authorizer = settings.apiKeys ? this.#checkKeys(storage, settings) : undefined;
    const stage = this.#addStage(settings);
    new CfnOutput(this, 'Url', { value: stage.url, description: 'Base address of the API' });
    if (settings.domain) this.#addDomain(settings.domain, stage);
    acknowledge(this, {
      'AwsSolutions-APIG4': 'Open, as the original service is. The setting apiKeys closes the routes that take images.',
    });
  }

  /**
   * Leads a path to a function, whatever the method: the function itself refuses those that it does not serve.
   * @param guarded whether POST takes an API key, where there are any
   */
  route(path: string, target: LambdaFunction, guarded = false): void {
    const to = integration(target);
    this.#api.addRoutes({ path, methods: [HttpMethod.ANY], integration: to });
    if (guarded && this.#authorizer) {
      this.#api.addRoutes({ path, methods: [HttpMethod.POST], integration: to, authorizer: this.#authorizer });
    }
  }

  #checkKeys({ operations, values }: Storage, { logDays }: { logDays: MlgSettings['logDays'] }): IHttpRouteAuthorizer {
    const authorizer = new LambdaFunction(this, 'Authorizer', {
      source: 'functions/authorizer.ts',
      environment: environmentOf(['operations'], values),
      memory: 256,
      timeout: Duration.seconds(5),
      logDays,
    });
    authorizer.allow(['dynamodb:GetItem'], operations.tableArn, operationIds.apiKey('*'));
    return new HttpLambdaAuthorizer('ApiKeys', authorizer.lambda, {
      identitySource: ['$request.header.x-api-key'],
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      // So long a revoked key may still pass.
      resultsCacheTtl: Duration.minutes(1),
    });
  }

  #addStage({ throttling, logDays }: GatewayProps['settings']): HttpStage {
    const accessLog = new LogGroup(this, 'AccessLog', { retention: logDays, removalPolicy: RemovalPolicy.DESTROY });
    return new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      autoDeploy: true,
      throttle: { rateLimit: throttling.rate, burstLimit: throttling.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: accessLogFormat },
    });
  }

  #addDomain({ name, certificateArn }: NonNullable<MlgSettings['domain']>, stage: HttpStage): void {
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    const domainName = new DomainName(this, 'Domain', { domainName: name, certificate });
    new ApiMapping(this, 'Mapping', { api: this.#api, domainName, stage });
    new CfnOutput(this, 'DomainTarget', {
      value: domainName.regionalDomainName,
      description: `What ${name} must be a CNAME of`,
    });
  }
}

const integration = ({ node, lambda }: LambdaFunction) => new HttpLambdaIntegration(node.id, lambda);

/** Without the path: it can hold a request's id, and whoever has that can read the result. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    route: '$context.routeKey',
    method: '$context.httpMethod',
    status: '$context.status',
    responseBytes: '$context.responseLength',
    ms: '$context.responseLatency',
    authorizerError: '$context.authorizer.error',
    integrationError: '$context.integrationErrorMessage',
  }),
);
