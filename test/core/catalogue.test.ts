import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { catalogue, families, findModel, modelById, networksOf, spelling } from '../../core/catalogue.ts';
import { CallerError } from '../../core/errors.ts';
import { imageNetClasses } from '../../core/labels.ts';

describe('the catalogue', () => {
  it('holds the sixteen networks of the original service and the starter', () => {
    expect(catalogue).toHaveLength(17);
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(17);
  });

  it.each([
    ['DenseNet121', 'densenet121'],
    ['densenet121', 'densenet121'],
    ['NASNet_large', 'nasnet_large'],
    ['NASNetLarge', 'nasnet_large'],
    ['XCeption', 'xception'],
    ['Inception-ResNet-V2', 'inception_resnet_v2'],
    ['EFFICIENTNET_LITE0', 'starter'],
  ])('understands %s', (name, id) => {
    expect(findModel(name).id).toBe(id);
  });

  it.each(['', 'resnet', 'ResNet50V3', '__proto__', 'constructor'])('refuses %j and lists the models', (name) => {
    expect(() => findModel(name)).toThrow(CallerError);
    expect(() => findModel(name)).toThrow(
      expect.objectContaining({
        code: 'unknown_model',
        message: `There is no model of that name. The models are: ${catalogue.map(({ id }) => id).join(', ')}.`,
      }),
    );
  });

  it('spells a name without what does not count', () => {
    expect(spelling('Inception-ResNet_V2')).toBe('inceptionresnetv2');
  });

  it('has every network in the image of one family', () => {
    expect(families).toHaveLength(8);
    expect(families.flatMap((family) => networksOf(family)).map(({ id }) => id)).toEqual(catalogue.map(({ id }) => id));
    expect(networksOf('inception').map(({ id }) => id)).toEqual(['xception', 'inception_v3']);
  });

  it('knows only its own ids', () => {
    expect(modelById('vgg16')?.size).toBe(224);
    expect(modelById('VGG16')).toBeUndefined();
  });
});

describe('the labels', () => {
  it('are a thousand, with ids that ascend', () => {
    expect(imageNetClasses).toHaveLength(1000);
    const wnids = imageNetClasses.map(({ wnid }) => wnid);
    expect(wnids).toEqual([...new Set(wnids)].sort());
    for (const { wnid } of imageNetClasses) expect(wnid).toMatch(/^n\d{8}$/);
  });

  it('are, in canonical form, the class index that Keras downloads', () => {
    const entries = imageNetClasses.map(({ wnid, label }, index) => `"${index}": ["${wnid}", "${label}"]`);
    const md5 = createHash('md5').update(`{${entries.join(', ')}}`);
    expect(md5.digest('hex')).toBe('c2c37ea517e94d9795004a39431a14cb');
  });

  it('name a few classes as everybody knows them', () => {
    expect(imageNetClasses[0]).toEqual({ wnid: 'n01440764', label: 'tench' });
    expect(imageNetClasses[134]).toEqual({ wnid: 'n02012849', label: 'crane' });
    expect(imageNetClasses[285]).toEqual({ wnid: 'n02124075', label: 'Egyptian_cat' });
    expect(imageNetClasses[517]).toEqual({ wnid: 'n03126707', label: 'crane' });
    expect(imageNetClasses[999]).toEqual({ wnid: 'n15075141', label: 'toilet_tissue' });
  });
});
