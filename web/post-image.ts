import { Refusal, StoreRefusal, Unreachable, type UploadForm } from './api.ts';

/**
 * Posts an image to the store by a form of the service.
 * @param onProgress gets the share that has been sent, 0 to 1
 * @throws as `storeError` says
 */
export function postImage(form: UploadForm, image: Blob, onProgress: (share: number) => void): Promise<void> {
  const data = new FormData();
  for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
  data.append('Content-Type', image.type.startsWith('image/') ? image.type : 'image/x-unknown');
  data.append('file', image);
  // fetch tells nothing of an upload's progress.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onerror = () => reject(new Unreachable('The upload broke off.'));
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(storeError(request.status, request.responseText));
    };
    request.open('POST', form.url);
    request.send(data);
  });
}

/** The store is not as the service thinks; no form changes that. */
const permanent = new Set([
  'AccountProblem',
  'AllAccessDisabled',
  'InvalidPolicyDocument',
  'MalformedPOSTRequest',
  'MaxPostPreDataLengthExceeded',
  'MethodNotAllowed',
  'NoSuchBucket',
  'PreconditionFailed',
]);

/**
 * What an S3 error means: Unreachable when the same form should be tried again, StoreRefusal when a new one should,
 * Refusal when neither helps.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function storeError(status: number, xml: string): Unreachable | StoreRefusal | Refusal {
  const code = /<Code>([\w.]+)<\/Code>/.exec(xml)?.[1] ?? String(status);
  if (permanent.has(code)) {
    return new Refusal(502, `The service’s store takes no images (${code}). Tell whoever runs this service.`);
  }
  const isBusy = status === 429 || status >= 500 || code === 'RequestTimeout';
  return isBusy ? new Unreachable(`The store answered ${code}.`) : new StoreRefusal(code);
}
