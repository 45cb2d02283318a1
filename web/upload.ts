import { type AnnouncedImage, type Prediction, Refusal, StoreRefusal, Unreachable, type UploadForm } from './api.ts';

/** What sending an image needs. */
export interface UploadServices {
  createUpload(model: string, image: AnnouncedImage): Promise<{ readonly req_id: string; readonly upload: UploadForm }>;
  readPrediction(id: string): Promise<Pick<Prediction, 'status'>>;
  postImage(form: UploadForm, image: Blob, onProgress: (share: number) => void): Promise<void>;
}

/** The store may refuse this many new forms; a form that has been tried before may have expired meanwhile. */
const maxRefusals = 3;
/** The service may be asked for a form this often per image: each time it may make a request, answer or not. */
const maxAsks = 10;

interface Form {
  readonly id: string;
  readonly fields: UploadForm;
  isNew: boolean;
}

/** The upload of one image: of one request, unless the store refuses its form. */
export class Upload {
  readonly #services: UploadServices;
  readonly #image: Blob;
  readonly #model: string;
  readonly #onProgress: (share: number) => void;
  #form: Form | undefined;
  #refusals = 0;
  #asks = 0;
  /** Why the last form was of no use, or was not given. */
  #why = '';

  constructor(services: UploadServices, image: Blob, model: string, onProgress: (share: number) => void) {
    this.#services = services;
    this.#image = image;
    this.#model = model;
    this.#onProgress = onProgress;
  }

  /**
   * Sends the image and returns the id of its request. Called again, it resumes: it sends nothing if the image has
   * arrived after all, and uses the same form as long as the store takes it.
   * @throws Unreachable when it should be called again
   * @throws Refusal when calling it again does not help
   */
  async send(): Promise<string> {
    if (this.#form && (await this.#hasArrived(this.#form))) return this.#form.id;
    this.#onProgress(0);
    this.#form ??= await this.#newForm();
    const { id, fields, isNew } = this.#form;
    this.#form.isNew = false;
    try {
      await this.#services.postImage(fields, this.#image, this.#onProgress);
      return id;
    } catch (error) {
      if (!(error instanceof StoreRefusal)) throw error;
      this.#form = undefined;
      this.#why = error.message;
      if (isNew && ++this.#refusals === maxRefusals) throw giveUp(error);
      throw new Unreachable(error.message, { cause: error });
    }
  }

  async #hasArrived({ id }: Form): Promise<boolean> {
    return (await this.#services.readPrediction(id)).status !== 'uploading';
  }

  async #newForm(): Promise<Form> {
    if (this.#asks === maxAsks) throw new Refusal(503, `${this.#why} Send the image again later.`);
    const announced = await announcement(this.#image);
    this.#asks++;
    try {
      const { req_id, upload } = await this.#services.createUpload(this.#model, announced);
      return { id: req_id, fields: upload, isNew: true };
    } catch (error) {
      if (error instanceof Unreachable) {
        this.#why = error.message;
        if (!error.mayHaveArrived) this.#asks--;
      }
      throw error;
    }
  }
}

/** @throws Refusal when the file cannot be read any more */
async function announcement(image: Blob): Promise<AnnouncedImage> {
  const { size } = image;
  // Browsers hash in secure contexts only: over HTTPS, or on localhost.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (!subtle) return { size };
  const bytes = await image.arrayBuffer().catch(() => {
    throw new Refusal(400, 'The image file cannot be read any more. Choose it again.');
  });
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return { size, sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') };
}

function giveUp({ code }: StoreRefusal): Refusal {
  const remedy = 'Try it again later. If that does not help, tell whoever runs this service.';
  return new Refusal(502, `The service’s store has refused the image ${maxRefusals} times (${code}). ${remedy}`);
}
