/** Images of more pixels are refused before they are decoded: a file of 400 kB can hold 400 million. */
export const maxImagePixels = 40_000_000;
/**
 * Pixels per side, the most that browsers show. A PNG can have a million rows of few pixels; making each of them as wide
 * as the network's input would take a minute and a gigabyte.
 */
export const maxImageSide = 32_767;
/** Pixels of images of which each costs up to twice as much: see `Outline.costly`. */
export const maxCostlyPixels = 16_000_000;
/** Of a JPEG. A colour photo saved as progressive has ten, and no known program writes more than twenty. */
export const maxScans = 100;
/**
 * Blocks of 8 x 8 pixels in all scans of a JPEG, at some 40 ns each: a decoder visits every block in every scan, and a
 * scan without content takes fewer than 20 bytes. Ten scans over 40 million pixels have 8 million.
 */
export const maxScanBlocks = 12_000_000;
