import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { buildPage } from '../web/build.ts';
import { Gateway, type GatewayProps } from './gateway.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { MlgSettings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface ApiProps {
  readonly storage: Storage;
  readonly settings: Pick<MlgSettings, 'models'> & GatewayProps['settings'];
}

/** The HTTP API and its functions. */
export class Api extends Construct {
  readonly gateway: Gateway;
  readonly requestPrediction: LambdaFunction;
  readonly createUpload: LambdaFunction;
  readonly readPrediction: LambdaFunction;

  constructor(scope: Construct, id: string, { storage, settings }: ApiProps) {
    super(scope, id);
    const { logDays } = settings;
    const MODELS = JSON.stringify(settings.models);
    const BUCKET_NAME = storage.bucket.bucketName;
    const { rowsEnvironment } = storage;

    this.requestPrediction = new LambdaFunction(this, 'RequestPrediction', {
      source: 'functions/request-prediction.ts',
      environment: { ...rowsEnvironment, BUCKET_NAME, MODELS },
      memory: 1769,
      timeout: Duration.seconds(20),
      logDays,
      usesSharp: true,
    });
    this.requestPrediction.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], storage.table.tableArn);
    this.requestPrediction.allow(['s3:PutObject', 's3:DeleteObject'], storage.bucket.arnForObjects('tensors/*'));

    this.createUpload = new LambdaFunction(this, 'CreateUpload', {
      source: 'functions/create-upload.ts',
      environment: { ...rowsEnvironment, BUCKET_NAME, MODELS },
      memory: 256,
      timeout: Duration.seconds(10),
      logDays,
    });
    this.createUpload.allow(['dynamodb:PutItem'], storage.table.tableArn);
    // It puts nothing there itself: what it signs, its browser may do in its name.
    this.createUpload.allow(['s3:PutObject'], storage.bucket.arnForObjects('uploads/*'));

    this.readPrediction = new LambdaFunction(this, 'ReadPrediction', {
      source: 'functions/read-prediction.ts',
      environment: rowsEnvironment,
      memory: 256,
      timeout: Duration.seconds(10),
      logDays,
    });
    this.readPrediction.allow(['dynamodb:GetItem'], storage.table.tableArn);
    this.readPrediction.allow(['dynamodb:Query'], `${storage.table.tableArn}/index/work`);

    const deletePrediction = new LambdaFunction(this, 'DeletePrediction', {
      source: 'functions/delete-prediction.ts',
      environment: { ...rowsEnvironment, BUCKET_NAME },
      memory: 256,
      timeout: Duration.seconds(10),
      logDays,
    });
    deletePrediction.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], storage.table.tableArn);
    deletePrediction.allow(['s3:DeleteObject'], storage.bucket.arnForObjects('tensors/*'));
    deletePrediction.allow(['s3:DeleteObject'], storage.bucket.arnForObjects('uploads/*'));

    const listModels = new LambdaFunction(this, 'ListModels', {
      source: 'functions/list-models.ts',
      environment: { MODELS },
      memory: 256,
      timeout: Duration.seconds(5),
      logDays,
    });
    buildPage();
    const readPage = new LambdaFunction(this, 'ReadPage', {
      source: 'functions/read-page.ts',
      files: ['functions/page.json'],
      environment: { BUCKET_NAME, RESULT_DAYS: rowsEnvironment.RESULT_DAYS },
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

    this.gateway = new Gateway(this, 'Gateway', { storage, settings, otherwise: notFound });
    this.gateway.route('/requestPrediction/{model}', this.requestPrediction, true);
    this.gateway.route('/uploads/{model}', this.createUpload, true);
    this.gateway.route('/readPrediction/{id}', this.readPrediction);
    this.gateway.route('/predictions/{id}', deletePrediction);
    this.gateway.route('/models', listModels);
    this.gateway.route('/', readPage);
    this.gateway.route('/openapi.yaml', readContract);
  }
}
