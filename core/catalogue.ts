import { CallerError } from './errors.ts';

/** Networks that share one provider image. */
export type Family =
  | 'starter'
  | 'densenet'
  | 'resnet'
  | 'resnetv2'
  | 'vgg'
  | 'nasnet'
  | 'inception'
  | 'inception_resnet_v2';

/** One ImageNet classifier that mlg knows. */
export interface Model {
  readonly id: ModelId;
  /** The name people use; the original service's spelling. */
  readonly name: string;
  readonly family: Family;
  /** Height and width of the square input, pixels. */
  readonly size: number;
  readonly parameters: number;
  /** Published ImageNet validation accuracy, percent, single crop. */
  readonly top1: number;
  readonly top5: number;
}

// Parameters: counted on Keras' own model objects. Accuracy: keras-applications 1.0.8, README; the ResNetV2 figures
// were measured there at 299 pixels. EfficientNet-Lite0: counted in its checkpoint, likewise with the moving statistics;
// accuracy as timm documents it for its port of the same weights (tf_efficientnet_lite0).
const networks = [
  ['starter', 'EfficientNet_Lite0', 'starter', 224, 4_694_024, 74.83, 92.17],
  ['densenet121', 'DenseNet121', 'densenet', 224, 8_062_504, 74.972, 92.258],
  ['densenet169', 'DenseNet169', 'densenet', 224, 14_307_880, 76.176, 93.176],
  ['densenet201', 'DenseNet201', 'densenet', 224, 20_242_984, 77.32, 93.62],
  ['resnet50', 'ResNet50', 'resnet', 224, 25_636_712, 74.928, 92.06],
  ['resnet101', 'ResNet101', 'resnet', 224, 44_707_176, 76.42, 92.786],
  ['resnet152', 'ResNet152', 'resnet', 224, 60_419_944, 76.604, 93.118],
  ['resnet50v2', 'ResNet50V2', 'resnetv2', 224, 25_613_800, 75.96, 93.034],
  ['resnet101v2', 'ResNet101V2', 'resnetv2', 224, 44_675_560, 77.234, 93.816],
  ['resnet152v2', 'ResNet152V2', 'resnetv2', 224, 60_380_648, 78.032, 94.162],
  ['vgg16', 'VGG16', 'vgg', 224, 138_357_544, 71.268, 90.05],
  ['vgg19', 'VGG19', 'vgg', 224, 143_667_240, 71.256, 89.988],
  ['nasnet_large', 'NASNet_large', 'nasnet', 331, 88_949_818, 82.498, 96.004],
  ['nasnet_mobile', 'NASNet_mobile', 'nasnet', 224, 5_326_716, 74.366, 91.854],
  ['xception', 'XCeption', 'inception', 299, 22_910_480, 79.006, 94.452],
  ['inception_v3', 'Inception_V3', 'inception', 299, 23_851_784, 77.898, 93.72],
  ['inception_resnet_v2', 'Inception_ResNet_V2', 'inception_resnet_v2', 299, 55_873_736, 80.256, 95.252],
] as const satisfies readonly (readonly [string, string, Family, number, number, number, number])[];

export type ModelId = (typeof networks)[number][0];

export const catalogue: readonly Model[] = networks.map(([id, name, family, size, parameters, top1, top5]) => ({
  id,
  name,
  family,
  size,
  parameters,
  top1,
  top5,
}));

/** A model's name without what does not count in it. */
export const spelling = (name: string) => name.toLowerCase().replace(/[_-]/g, '');
const bySpelling = new Map(
  catalogue.flatMap((model) => [model.id, model.name].map((n) => [spelling(n), model] as const)),
);
const byId = new Map(catalogue.map((model) => [model.id, model] as const));

/**
 * The model that a caller means: by id or display name, without regard to case, `_` and `-`.
 * @throws CallerError `unknown_model`, whose message lists the models.
 */
export function findModel(name: string): Model {
  const model = bySpelling.get(spelling(name));
  if (!model) {
    const names = catalogue.map(({ id }) => id).join(', ');
    throw new CallerError('unknown_model', `There is no model of that name. The models are: ${names}.`);
  }
  return model;
}

/** The model with exactly this id; for ids that mlg itself wrote. */
export function modelById(id: string): Model | undefined {
  return byId.get(id as ModelId);
}

/** All families of networks. */
export const families: readonly Family[] = [...new Set(catalogue.map(({ family }) => family))];

/** The networks that a family's provider image holds: `<id>.onnx` of each, with its card. */
export function networksOf(family: Family): readonly Model[] {
  return catalogue.filter((model) => model.family === family);
}

/** Bytes of one prepared image: height x width x RGB, uint8. */
export function tensorBytes(model: Model): number {
  return model.size * model.size * 3;
}

/** Where a network's numbers come from: its published checkpoint, or the seeded ones used for trials. */
export type WeightsOrigin = 'official' | 'synthetic';

/** The networks that this deployment's provider images hold, with the hash that a provider's answer must carry. */
export type InstalledModels = Partial<Record<ModelId, InstalledModel>>;

export interface InstalledModel {
  /** SHA-256 of the ONNX file, hex. */
  readonly sha256: string;
  readonly weights: WeightsOrigin;
}
