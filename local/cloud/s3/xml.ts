/** A document of one element. */
export function xml(root: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
}

/** An element that holds one of text for each entry. */
export function element(name: string, children: Readonly<Record<string, string>>): string {
  const inner = Object.entries(children).map(([child, text]) => `<${child}>${escaped(text)}</${child}>`);
  return `<${name}>${inner.join('')}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text
    .replace(/[&<>]/g, (char) => entities[char] ?? char)
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, (char) => `&#x${char.charCodeAt(0).toString(16)};`);
}
