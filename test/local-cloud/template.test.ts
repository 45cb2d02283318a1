// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax is Fn::Sub's
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { Template } from '../../local/cloud/template.ts';

const template = new Template({
  Resources: {
    Rows: { Type: 'AWS::DynamoDB::Table', Properties: { Name: { Ref: 'Images' }, Odd: { 'Fn::ImportValue': 'x' } } },
    Images: { Type: 'AWS::S3::Bucket', Metadata: { note: 'n' } },
  },
});

describe('intrinsic functions', () => {
  test.each([
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Ref of a resource', { Ref: 'Rows' }, 'Rows'],
    ['Ref of a bucket, whose names are lower-case', { Ref: 'Images' }, 'images'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Rows', 'Arn'] }, 'arn:aws:dynamodb:us-east-1:000000000000:Rows'],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Images.Arn' }, 'arn:aws:s3:us-east-1:000000000000:images'],
    ['Fn::Join of intrinsics', { 'Fn::Join': ['-', ['a', { Ref: 'Rows' }, 'b']] }, 'a-Rows-b'],
    [
      'Fn::Sub',
      { 'Fn::Sub': '${AWS::Partition}/${Images}/${Rows.Arn}/${!kept}' },
      'aws/images/arn:aws:dynamodb:us-east-1:000000000000:Rows/${kept}',
    ],
    ['Fn::Sub with variables of its own', { 'Fn::Sub': ['${x}-${Rows}', { x: { Ref: 'Images' } }] }, 'images-Rows'],
    ['Fn::Select of Fn::Split', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['nested in plain values', { a: [1, { b: { Ref: 'Rows' } }], c: null }, { a: [1, { b: 'Rows' }], c: null }],
    ['AWS::NoValue', { a: { Ref: 'AWS::NoValue' }, b: ['x', { Ref: 'AWS::NoValue' }] }, { b: ['x'] }],
  ])('%s', (_, value, expected) => {
    expect(template.resolve(value)).toEqual(expected);
  });

  test.each([
    [{ 'Fn::ImportValue': 'x' }, 'value uses Fn::ImportValue, which the local cloud does not know.'],
    [{ Ref: 'Nothing' }, 'value.Ref refers to Nothing, which the template does not hold.'],
    [
      { 'Fn::GetAtt': ['Rows', 'StreamArn'] },
      'value.Fn::GetAtt asks for Rows.StreamArn, an attribute that the local cloud does not know.',
    ],
    [{ 'Fn::Join': 'x' }, 'value.Fn::Join should be given a list.'],
  ])('%j is refused', (value, message) => {
    expect(() => template.resolve(value)).toThrow(message);
  });
});

describe('resources', () => {
  test('come with the properties that are asked for, resolved; others may hold anything', () => {
    const [rows] = template.resources('AWS::DynamoDB::Table', v.object({ Name: v.string() }));
    expect(rows).toMatchObject({ id: 'Rows', ref: 'Rows', properties: { Name: 'images' } });
  });

  test('of another form are refused by name', () => {
    const wanted = v.object({ Name: v.number() });
    expect(() => template.resources('AWS::DynamoDB::Table', wanted)).toThrow(/AWS::DynamoDB::Table Rows .* Name/);
  });

  test('without properties', () => {
    expect(template.resources('AWS::S3::Bucket', v.object({}))).toMatchObject([
      { ref: 'images', metadata: { note: 'n' } },
    ]);
  });
});
