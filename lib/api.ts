import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { LambdaFunction } from './lambda-function.ts';
import type { MlgSettings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface ApiProps {
  readonly storage: Storage;
  readonly settings: Pick<MlgSettings, 'models' | 'throttling' | 'logDays'>;
}

/** The HTTP API and its functions. Each route takes every method: a function itself refuses those it does not serve. */
export class Api extends Construct {
  readonly requestPrediction: LambdaFunction;
  readonly createUpload: LambdaFunction;
  readonly readPrediction: LambdaFunction;

  constructor(scope: Construct, id: string, { storage, settings }: ApiProps) {
    super(scope, id);
    const { logDays } = settings;
    const MODELS = JSON.stringify(settings.models);
    const TABLE_NAME = storage.table.tableName;

    this.requestPrediction = new LambdaFunction(this, 'RequestPrediction', {
      source: 'functions/request-prediction.ts',
      environment: { TABLE_NAME, BUCKET_NAME: storage.bucket.bucketName, MODELS },
      memory: 1769,
      timeout: Duration.seconds(20),
      logDays,
      usesSharp: true,
    });
    this.requestPrediction.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], storage.table.tableArn);
    this.requestPrediction.allow(['s3:PutObject', 's3:DeleteObject'], storage.bucket.arnForObjects('tensors/*'));

    this.createUpload = new LambdaFunction(this, 'CreateUpload', {
      source: 'functions/create-upload.ts',
      environment: { TABLE_NAME, BUCKET_NAME: storage.bucket.bucketName, MODELS },
      memory: 256,
      timeout: Duration.seconds(10),
      logDays,
    });
    this.createUpload.allow(['dynamodb:PutItem'], storage.table.tableArn);
    // It puts nothing there itself: what it signs, its browser may do in its name.
    this.createUpload.allow(['s3:PutObject'], storage.bucket.arnForObjects('uploads/*'));

    this.readPrediction = new LambdaFunction(this, 'ReadPrediction', {
      source: 'functions/read-prediction.ts',
      environment: { TABLE_NAME },
      memory: 256,
      timeout: Duration.seconds(10),
      logDays,
    });
    this.readPrediction.allow(['dynamodb:GetItem'], storage.table.tableArn);

    const listModels = new LambdaFunction(this, 'ListModels', {
      source: 'functions/list-models.ts',
      environment: { MODELS },
      memory: 256,
      timeout: Duration.seconds(5),
      logDays,
    });
    const readContract = new LambdaFunction(this, 'ReadContract', {
      source: 'functions/read-contract.ts',
      files: ['functions/openapi.yaml'],
      memory: 256,
      timeout: Duration.seconds(5),
      logDays,
    });
    const notFound = new LambdaFunction(this, 'NotFound', {
      source: 'functions/not-found.ts',
      memory: 256,
      timeout: Duration.seconds(5),
      logDays,
    });

    const api = new HttpApi(this, 'Http', {
      description: 'mlg: ImageNet classification on the Golem Network',
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('NotFound', notFound.lambda),
    });
    const routes: Record<string, LambdaFunction> = {
      '/requestPrediction/{model}': this.requestPrediction,
      '/uploads/{model}': this.createUpload,
      '/readPrediction/{id}': this.readPrediction,
      '/models': listModels,
      '/openapi.yaml': readContract,
    };
    for (const [path, { lambda, node }] of Object.entries(routes)) {
      api.addRoutes({ path, methods: [HttpMethod.ANY], integration: new HttpLambdaIntegration(node.id, lambda) });
    }

    const accessLog = new LogGroup(this, 'AccessLog', { retention: logDays, removalPolicy: RemovalPolicy.DESTROY });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: settings.throttling.rate, burstLimit: settings.throttling.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog) },
    });
    new CfnOutput(this, 'Url', { value: stage.url, description: 'Base address of the API' });
  }
}
