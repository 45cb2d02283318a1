import { operationIds, readerVariables, storeVariables, submitVariables } from '../aws/names.ts';
import type { VariableName } from '../aws/settings.ts';

/** The methods that routes serve; GET brings HEAD with it. */
export const methods = ['GET', 'POST', 'DELETE'] as const;
export type Method = (typeof methods)[number];

/** What a function may be allowed to do, as AWS calls it, on a table, the index, or objects of a kind. */
export interface Grant {
  readonly actions: readonly `${'dynamodb' | 's3'}:${string}`[];
  readonly on: 'table' | 'workIndex' | 'operations' | 'tensors' | 'uploads';
  /** The one item's id, or a pattern of ids, that it is for; without it, all. */
  readonly items?: string;
}

/** A function that the API leads to. */
export interface RouteFunction {
  /** In the stack: another id is another function. */
  readonly id: string;
  /** The file that exports `handler`, from the repository's root. */
  readonly source: string;
  /** What it reads from its environment. */
  readonly environment: readonly VariableName[];
  readonly allow: readonly Grant[];
  /** MB. Lambda gives processor time in proportion: one processor at 1769. */
  readonly memory: number;
  /** The longest that it may take. */
  readonly seconds: number;
  /** Files that it reads, from the repository's root. */
  readonly files?: readonly string[];
  /** Whether it decodes images. */
  readonly usesSharp?: true;
}

export interface Route extends RouteFunction {
  readonly path: string;
  readonly methods: readonly Method[];
  /** Whether POST takes an API key, where there are any. */
  readonly takesKey?: true;
}

/** The routes of the API: the stack makes functions of them, and who asks for any other address is told of them. */
export const routes = {
  requestPrediction: {
    path: '/requestPrediction/{model}',
    methods: ['POST'],
    takesKey: true,
    id: 'RequestPrediction',
    source: 'functions/request-prediction.ts',
    environment: submitVariables,
    allow: [
      { actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], on: 'table' },
      { actions: ['dynamodb:Query'], on: 'workIndex' },
      { actions: ['s3:PutObject', 's3:DeleteObject'], on: 'tensors' },
    ],
    memory: 1769,
    seconds: 20,
    usesSharp: true,
  },
  createUpload: {
    path: '/uploads/{model}',
    methods: ['POST'],
    takesKey: true,
    id: 'CreateUpload',
    source: 'functions/create-upload.ts',
    environment: submitVariables,
    allow: [
      { actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'], on: 'table' },
      { actions: ['dynamodb:Query'], on: 'workIndex' },
      // It puts nothing there itself: what it signs, its browser may do in its name.
      { actions: ['s3:PutObject'], on: 'uploads' },
    ],
    memory: 256,
    seconds: 10,
  },
  readPrediction: {
    path: '/readPrediction/{id}',
    methods: ['GET', 'POST'],
    id: 'ReadPrediction',
    source: 'functions/read-prediction.ts',
    environment: readerVariables,
    allow: [
      { actions: ['dynamodb:GetItem'], on: 'table' },
      { actions: ['dynamodb:GetItem'], on: 'operations', items: operationIds.runHistory },
      { actions: ['dynamodb:Query'], on: 'workIndex' },
    ],
    memory: 256,
    seconds: 10,
  },
  deletePrediction: {
    path: '/predictions/{id}',
    methods: ['DELETE'],
    id: 'DeletePrediction',
    source: 'functions/delete-prediction.ts',
    environment: storeVariables,
    allow: [
      { actions: ['dynamodb:GetItem', 'dynamodb:PutItem'], on: 'table' },
      { actions: ['s3:DeleteObject'], on: 'tensors' },
      { actions: ['s3:DeleteObject'], on: 'uploads' },
    ],
    memory: 256,
    seconds: 10,
  },
  listModels: {
    path: '/models',
    methods: ['GET'],
    id: 'ListModels',
    source: 'functions/list-models.ts',
    environment: ['models'],
    allow: [],
    memory: 256,
    seconds: 5,
  },
  readPage: {
    path: '/',
    methods: ['GET'],
    id: 'ReadPage',
    source: 'functions/read-page.ts',
    environment: ['bucket', 'resultDays'],
    allow: [],
    memory: 256,
    seconds: 5,
    files: ['functions/page.json'],
  },
  readContract: {
    path: '/openapi.yaml',
    methods: ['GET'],
    id: 'ReadContract',
    source: 'functions/read-contract.ts',
    environment: [],
    allow: [],
    memory: 256,
    seconds: 5,
    files: ['functions/openapi.yaml'],
  },
} as const satisfies Readonly<Record<string, Route>>;

/** Serves what no route does. */
export const notFound: RouteFunction = {
  id: 'NotFound',
  source: 'functions/not-found.ts',
  environment: [],
  allow: [],
  memory: 256,
  seconds: 5,
};
