import { classify, show } from './classify.ts';
import { byId } from './elements.ts';
import { watchIntake } from './intake.ts';
import { modelChoice } from './model-choice.ts';

/** The page. What is sent before the networks are known waits for them. */
function start(): void {
  const model = modelChoice();
  watchIntake(async (file) => {
    const chosen = (await model)();
    if (chosen) await classify(file, file.name || 'Pasted image', chosen);
  });
  addEventListener('hashchange', showLinked);
  showLinked();
}

/** The result that the address names, as when someone was sent a link. */
function showLinked(): void {
  const [, id] = /^#([0-9a-f]{56})$/i.exec(location.hash) ?? [];
  if (!id) return;
  const here = document.getElementById(id.toLowerCase());
  if (here && byId('results', HTMLUListElement).contains(here)) here.focus();
  else void show(id.toLowerCase());
}

start();
