import { listModels, type Model } from './api.ts';
import { byId, element } from './elements.ts';
import { patiently } from './patiently.ts';

/** Fills the choice of networks, the available ones first, and returns a function that returns the chosen id. */
export async function modelChoice(): Promise<() => string> {
  const select = byId('model', HTMLSelectElement);
  const models = await patiently(listModels, showTrouble);
  const sorted = models.toSorted((a, b) => Number(b.available) - Number(a.available));
  select.replaceChildren(
    ...sorted.map((model) => {
      const textContent = model.available ? model.name : `${model.name} (not installed here)`;
      return element('option', { value: model.id, textContent, disabled: !model.available });
    }),
  );
  const showFacts = () => {
    const chosen = models.find(({ id }) => id === select.value);
    byId('model-facts', HTMLSpanElement).textContent = chosen ? facts(chosen) : 'No network is installed here.';
  };
  select.addEventListener('change', showFacts);
  showFacts();
  return () => select.value;
}

function facts({ parameters, input_size, top1, top5 }: Model): string {
  const size = `${(parameters / 1e6).toFixed(1)} million parameters`;
  const accuracy = `right in ${top1.toFixed(1)} % of ImageNet’s test images, among its first five in ${top5.toFixed(1)} %`;
  return `${size}; looks at ${input_size} × ${input_size} pixels; ${accuracy}.`;
}

function showTrouble(isUnreachable: boolean): void {
  const trouble = byId('trouble', HTMLParagraphElement);
  trouble.hidden = !isUnreachable;
  trouble.textContent = isUnreachable ? 'The service cannot be reached. Trying again …' : '';
}
