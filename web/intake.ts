import { byId } from './elements.ts';

/** Calls `take` with every file that is chosen, photographed, dropped or pasted. */
export function watchIntake(take: (file: File) => void): void {
  for (const id of ['files', 'camera']) {
    const input = byId(id, HTMLInputElement);
    input.addEventListener('change', () => {
      for (const file of input.files ?? []) take(file);
      // So that the same file can be chosen again.
      input.value = '';
    });
  }
  byId('camera-way', HTMLParagraphElement).hidden = navigator.maxTouchPoints === 0;
  byId('intake', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
  watchDrops(take);
  addEventListener('paste', ({ clipboardData }) => {
    for (const file of clipboardData?.files ?? []) take(file);
  });
}

/** The whole page takes drops, so that one beside the frame does not make the browser leave for the file. */
function watchDrops(take: (file: File) => void): void {
  const frame = byId('drop', HTMLDivElement);
  addEventListener('dragover', (event) => {
    event.preventDefault();
    frame.classList.add('over');
  });
  addEventListener('dragleave', () => frame.classList.remove('over'));
  addEventListener('drop', (event) => {
    event.preventDefault();
    frame.classList.remove('over');
    for (const file of event.dataTransfer?.files ?? []) take(file);
  });
}
