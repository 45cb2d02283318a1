import { Away, Refusal, type UploadForm } from './api.ts';

/**
 * Posts an image to the store by a form of the service.
 * @param onProgress gets the share that has been sent, 0 to 1
 * @throws Away when it should be tried again, with a new form
 * @throws Refusal when the store does not take it
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
    request.onerror = () => reject(new Away('The upload broke off.'));
    request.onload = () => {
      const code = /<Code>(\w+)<\/Code>/.exec(request.responseText)?.[1];
      if (request.status < 300) resolve();
      else if (code === 'EntityTooLarge') reject(new Refusal(413, 'The image is too large. At most 2 MB are taken.'));
      else if (code === 'EntityTooSmall') reject(new Refusal(400, 'The image file is empty.'));
      else reject(new Away(`The store answered ${request.status}.`));
    };
    request.open('POST', form.url);
    request.send(data);
  });
}
