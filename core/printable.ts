/**
 * Control characters, with which text drives a terminal, but for line feed and tab; and those that reverse the direction
 * of text, with which it lies about its order.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes foreign text safe to print: what could drive a terminal is written as an escape, such as `\\u001b`, which JSON
 * reads as the character itself.
 * @param longest characters; what is more is cut off
 */
export function printable(text: string, longest = Number.POSITIVE_INFINITY): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return cut.replace(unprintable, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
