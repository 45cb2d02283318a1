/** One predicted class, as Keras' decode_predictions gives it: WordNet id, label, probability. */
export type Prediction = readonly [wnid: string, label: string, score: number];

/** Predictions an image. */
export const topK = 5;
