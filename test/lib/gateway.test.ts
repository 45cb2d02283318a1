import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { storeVariables } from '../../aws/names.ts';
import { type VariableName, variables } from '../../aws/settings.ts';
import { notFound, type RouteFunction, routes } from '../../functions/routes.ts';
import { models, resolver, templateWith } from './stacks.ts';

const template = await templateWith({});

describe('API', () => {
  test('has these routes, each to its function', () => {
    const local = resolver(template);
    const targets = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => {
      const [, integration] = String(local.resolve(Properties.Target)).split('/');
      const { IntegrationUri } =
        template.findResources('AWS::ApiGatewayV2::Integration')[integration ?? '']?.Properties ?? {};
      const { Metadata } = template.findResources('AWS::Lambda::Function')[IntegrationUri['Fn::GetAtt'][0]] ?? {};
      return [Properties.RouteKey, Metadata['mlg:source']];
    });
    const inTable = Object.values(routes).map(({ path, source }) => [`ANY ${path}`, source]);
    expect(Object.fromEntries(targets)).toEqual({ ...Object.fromEntries(inTable), $default: notFound.source });
  });

  test('is throttled and keeps an access log', async () => {
    const template = await templateWith({ throttling: { rate: 7, burst: 9 } });
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 },
      AccessLogSettings: { DestinationArn: Match.anyValue() },
    });
  });

  test('does not log paths: whoever has a request’s id can read its result', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    const format: string = stage?.Properties.AccessLogSettings.Format;
    expect(Object.keys(JSON.parse(format))).toContain('status');
    expect(format).not.toMatch(
      /\$context\.(path|httpPath|rawPath|customDomain\.basePathMatched)|\$default|queryString/,
    );
  });

  test('lets pages of the origins that are set use it, and post images', async () => {
    const template = await templateWith({ corsOrigins: ['https://example.org'] });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: Match.objectLike({
        AllowOrigins: ['https://example.org'],
        AllowMethods: ['GET', 'POST', 'DELETE'],
        AllowHeaders: ['content-type', 'idempotency-key', 'x-api-key'],
      }),
    });
    template.hasResourceProperties('AWS::S3::Bucket', {
      CorsConfiguration: {
        CorsRules: [Match.objectLike({ AllowedMethods: ['POST'], AllowedOrigins: ['https://example.org'] })],
      },
    });
  });

  test('has a name of its own when there is one', async () => {
    template.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
    const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/x';
    const named = await templateWith({ domain: { name: 'mlg.example.org', certificateArn } });
    named.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: 'mlg.example.org',
      DomainNameConfigurations: [Match.objectLike({ CertificateArn: certificateArn, EndpointType: 'REGIONAL' })],
    });
    named.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1);
  });
});

describe('API keys', () => {
  test('are not asked for, unless it is set', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 0);
    template.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'NONE' });
  });

  test('are asked for by the routes that take images', async () => {
    const template = await templateWith({ apiKeys: true });
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(
      ({ Properties }) => Properties,
    );
    const guarded = routes.filter(({ AuthorizationType }) => AuthorizationType === 'CUSTOM');
    expect(guarded.map(({ RouteKey }) => RouteKey).sort()).toEqual([
      'POST /requestPrediction/{model}',
      'POST /uploads/{model}',
    ]);
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.x-api-key'],
      AuthorizerResultTtlInSeconds: 60,
    });
  });
});

describe('functions', () => {
  test('run on Node 24, and have in their environment what they need and no more', () => {
    const local = resolver(template);
    const environments = Object.values(template.findResources('AWS::Lambda::Function')).map(
      ({ Properties, Metadata }) => {
        expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['x86_64'] });
        return [Metadata['mlg:source'], local.resolve(Properties.Environment?.Variables ?? {})];
      },
    );
    const values: Partial<Record<VariableName, unknown>> = {
      table: expect.stringMatching(/^StorageRequests/),
      operations: expect.stringMatching(/^StorageOperations/),
      bucket: expect.stringMatching(/^storageimages/),
      resultDays: '30',
      models: JSON.stringify(models),
      backlog: '5000',
      dailyRequests: '10000',
    };
    const acceptUpload = { source: 'functions/accept-upload.ts', environment: storeVariables };
    const wanted = [...Object.values<RouteFunction>(routes), notFound, acceptUpload].map(({ source, environment }) => [
      source,
      Object.fromEntries(environment.map((name) => [variables[name].name, values[name]])),
    ]);
    expect(Object.fromEntries(environments)).toEqual(Object.fromEntries(wanted));
  });

  test('log to a group of their own, and every log is kept for as long as is set', async () => {
    const template = await templateWith({ logDays: 90 });
    const groups = Object.entries(template.findResources('AWS::Logs::LogGroup'));
    for (const [, { Properties }] of groups) expect(Properties.RetentionInDays).toBe(90);
    const functions = Object.values(template.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.LoggingConfig.LogGroup.Ref,
    );
    expect(new Set(functions).size).toBe(functions.length);
    // Theirs, the API's and the task's.
    expect(groups).toHaveLength(functions.length + 2);
  });
});
