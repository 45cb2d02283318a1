/** Images of more pixels are refused before they are decoded: a file of 400 kB can hold 400 million. */
export const maxImagePixels = 40_000_000;
/**
 * Pixels per side, the most that JPEG and GIF can have. A PNG can have a million rows of few pixels; making each of them
 * as wide as the network's input would take a minute and a gigabyte.
 */
export const maxImageSide = 65_535;
