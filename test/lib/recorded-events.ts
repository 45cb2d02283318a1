import { imageFile } from '../support/image-files.ts';

/** As API Gateway's HTTP API sent it to a function (payload format 2.0), with names and addresses changed. */
function recorded(routeKey: string, path: string, parameters: Record<string, string>, more: object = {}) {
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: {
      accept: '*/*',
      'content-length': '0',
      host: 'abcdefghij.execute-api.us-east-1.amazonaws.com',
      'user-agent': 'curl/8.5.0',
      'x-amzn-trace-id': 'Root=1-67000000-0123456789abcdef01234567',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...('headers' in more ? (more.headers as object) : {}),
    },
    pathParameters: parameters,
    requestContext: {
      accountId: '111122223333',
      apiId: 'abcdefghij',
      domainName: 'abcdefghij.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'abcdefghij',
      http: {
        method: 'method' in more ? more.method : 'GET',
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'curl/8.5.0',
      },
      requestId: 'AbCdEfGhIjKlMnO=',
      routeKey,
      stage: '$default',
      time: '22/Nov/2026:12:00:00 +0000',
      timeEpoch: 1_795_348_800_000,
    },
    isBase64Encoded: 'body' in more,
    ...('body' in more && { body: more.body }),
  };
}

const photo = imageFile('colour-444.jpg');
const cutPhoto = Buffer.from(photo.subarray(0, photo.length / 2)).toString('base64');
const unknown = { id: '0'.repeat(56) };

/** By function: an event, and what it answers without any AWS behind it. */
export const recordedEvents: Readonly<Record<string, { readonly event: object; readonly answer: object }>> = {
  // Decodes, and so proves that the native code beside the bundle works.
  'functions/request-prediction.ts': {
    event: recorded(
      'ANY /requestPrediction/{model}',
      '/requestPrediction/starter',
      { model: 'starter' },
      {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: cutPhoto,
      },
    ),
    answer: { statusCode: 400 },
  },
  'functions/create-upload.ts': {
    event: recorded('ANY /uploads/{model}', '/uploads/alexnet', { model: 'alexnet' }, { method: 'POST' }),
    answer: { statusCode: 404 },
  },
  'functions/read-prediction.ts': {
    event: recorded('ANY /readPrediction/{id}', '/readPrediction/x', { id: 'x' }),
    answer: { statusCode: 404 },
  },
  'functions/delete-prediction.ts': {
    event: recorded('ANY /predictions/{id}', '/predictions/x', { id: 'x' }, { method: 'DELETE' }),
    answer: { statusCode: 404 },
  },
  'functions/list-models.ts': { event: recorded('ANY /models', '/models', {}), answer: { statusCode: 200 } },
  'functions/read-page.ts': { event: recorded('ANY /', '/', {}), answer: { statusCode: 200 } },
  'functions/read-contract.ts': {
    event: recorded('ANY /openapi.yaml', '/openapi.yaml', {}),
    answer: { statusCode: 200 },
  },
  'functions/not-found.ts': { event: recorded('$default', '/nowhere', unknown), answer: { statusCode: 404 } },
  'functions/accept-upload.ts': {
    event: {
      Records: [
        {
          messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
          receiptHandle: 'handle',
          // What S3 sends to a queue when its notifications are set up.
          body: JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'images' }),
          attributes: {},
          messageAttributes: {},
          md5OfBody: '00',
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:uploads',
          awsRegion: 'us-east-1',
        },
      ],
    },
    answer: { batchItemFailures: [] },
  },
  'functions/authorizer.ts': {
    event: { version: '2.0', type: 'REQUEST', headers: { 'x-api-key': 'mlg_no-key-of-ours' } },
    answer: { isAuthorized: false },
  },
};
