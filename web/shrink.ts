/** Pixels; the networks look at 331 at most. */
const longestSide = 1024;

/** A smaller copy as JPEG, upright and without EXIF; undefined when the browser cannot read the image. */
export async function shrunk(image: Blob): Promise<Blob | undefined> {
  const bitmap = await createImageBitmap(image, { imageOrientation: 'from-image' }).catch(() => undefined);
  if (!bitmap) return undefined;
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/jpeg', 0.92));
}
