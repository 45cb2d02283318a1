import type { Prediction } from './api.ts';
import { byId, element } from './elements.ts';
import { failureInWords, labelInWords, percent, waitInWords } from './words.ts';

/** What the page shows of one image: itself, the state of its request, its classes, and what can be done. */
export class Card {
  readonly #name: string;
  readonly #state = element('p');
  readonly #body = element('div');
  readonly #actions = element('p', { className: 'actions' });
  readonly #item: HTMLLIElement;
  #said = '';

  /** @param image to be shown; without one, only the result */
  constructor(name: string, image?: Blob) {
    this.#name = name;
    const picture = image && element('img', { src: URL.createObjectURL(image), alt: '' });
    picture?.addEventListener('load', () => URL.revokeObjectURL(picture.src));
    // A file that is not an image is not shown; the service says what is wrong with it.
    picture?.addEventListener('error', () => {
      picture.remove();
      this.#item.classList.add('without-image');
    });
    const text = element('div', {}, element('h3', { textContent: name }), this.#state, this.#body, this.#actions);
    this.#item = element('li', { className: image ? 'card' : 'card without-image', tabIndex: -1 }, picture, text);
    byId('results-title', HTMLHeadingElement).hidden = false;
    byId('results', HTMLUListElement).prepend(this.#item);
  }

  focus(): void {
    this.#item.focus();
  }

  remove(): void {
    this.#item.remove();
    this.#announce('erased');
    // What had the focus is gone.
    byId('files', HTMLInputElement).focus();
  }

  /** The id under which the result can be read, by anyone who has it. */
  link(id: string, onErase: () => void): void {
    this.#item.id = id;
    const link = element('a', { href: `#${id}`, textContent: 'Link to this result' });
    const button = element('button', { type: 'button', textContent: 'Erase', onclick: onErase });
    button.setAttribute('aria-label', `Erase ${this.#name}`);
    this.#actions.replaceChildren(link, button);
  }

  uploading(share: number): void {
    const bar = this.#body.querySelector('progress') ?? element('progress', { max: 1 });
    bar.value = share;
    bar.setAttribute('aria-label', `Upload of ${this.#name}`);
    this.#show('Uploading', `Uploading: ${Math.round(share * 100)} %`, bar);
  }

  waiting(prediction: Prediction, now: number): void {
    const { status, queue } = prediction;
    const news = status === 'pending' && queue?.position ? `waiting, place ${queue.position}` : status;
    this.#show(news, waitInWords(prediction, now));
  }

  shrinking(): void {
    this.#show('Making a smaller copy', 'Making a smaller copy.');
  }

  /** The service does not answer; it is tried again. */
  unreachable(): void {
    const where = navigator.onLine ? 'The service cannot be reached' : 'You are offline';
    this.#show(where, `${where}. Trying again; nothing is lost.`);
  }

  ended({ preds, error, model, weights }: Prediction): void {
    const [best] = preds ?? [];
    if (!preds || !best) {
      this.failed(failureInWords(error ?? { code: '', message: '' }));
      return;
    }
    const by = weights === 'synthetic' ? `By ${model}, with made-up weights: a trial, not an answer.` : `By ${model}`;
    const classes = preds.map(([, label, score]) => {
      const bar = element('div', { className: 'bar' });
      bar.style.width = percent(score).replace(' ', '');
      return element('li', {}, element('span', { textContent: labelInWords(label) }), percent(score), bar);
    });
    const list = element('ol', { className: 'classes' }, ...classes);
    this.#show(`${labelInWords(best[1])}, ${percent(best[2])}`, by, list);
  }

  /** @param remedy what can be done about it, once */
  failed(why: string, remedy?: { readonly label: string; readonly act: () => void }): void {
    this.#show(why, why);
    this.#state.className = 'failure';
    if (remedy) {
      const button = element('button', { type: 'button', textContent: remedy.label });
      const act = () => {
        button.remove();
        // The button, which had the focus, is gone.
        this.focus();
        remedy.act();
      };
      button.addEventListener('click', act, { once: true });
      this.#actions.replaceChildren(button);
    }
  }

  #show(news: string, text: string, ...body: readonly Node[]): void {
    this.#state.className = '';
    this.#state.textContent = text;
    if (this.#body.firstChild !== (body[0] ?? null)) this.#body.replaceChildren(...body);
    this.#announce(news);
  }

  /** To screen readers: only what has changed, and no countdown. */
  #announce(news: string): void {
    if (news === this.#said) return;
    this.#said = news;
    byId('news', HTMLParagraphElement).textContent = `${this.#name}: ${news}`;
  }
}
