/** One part of a multipart form: its header lines, and what it holds. */
export interface Part {
  readonly headers: readonly string[];
  readonly content: Uint8Array | string;
}

export interface FormRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export function form(boundary: string, parts: readonly Part[], contentType?: string): FormRequest {
  const body = parts.flatMap(({ headers, content }) => [
    Buffer.from(`--${boundary}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return {
    headers: { 'content-type': contentType ?? `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...body, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

/** A file's part as curl and browsers write it. */
export function filePart(content: Uint8Array | string, name = 'image', type = 'image/jpeg'): Part {
  const headers = [`Content-Disposition: form-data; name="${name}"; filename="cat.jpg"`, `Content-Type: ${type}`];
  return { headers, content };
}

export function textPart(name: string, content: string): Part {
  return { headers: [`Content-Disposition: form-data; name="${name}"`], content };
}

/** The form with one image, as one program or another sends it. Seen on the wire, unless a standard is named. */
export function dialects(image: Uint8Array): readonly (readonly [string, FormRequest])[] {
  const disposition = 'Content-Disposition: form-data; name="image"';
  const named = `${disposition}; filename="cat.jpg"`;
  const jpeg = 'Content-Type: image/jpeg';
  const part = (...headers: string[]): Part => ({ headers, content: image });
  const one = filePart(image);
  return [
    ['curl', form('------------------------c7c1895a17668ac2', [part(named, jpeg)])],
    [
      'curl, with a made-up type',
      form('------------------------c485', [part(named, 'Content-Type: application/x-thing')]),
    ],
    ['curl, with a text beside it', form('------------------------c485', [textPart('note', 'hi'), one])],
    ['Chromium', form('----WebKitFormBoundary7MA4YWxkTrZu0gW', [one])],
    ['Firefox', form('---------------------------9051914041544843365972754266', [one])],
    ['Python requests', form('ec67d60a57e9434d6f0af9f6c8577026', [part(named)])],
    ['Python requests, without a file name', form('66ecd2146899a7c3', [part(disposition, jpeg)])],
    ["Node's fetch", form('----formdata-undici-035791124587', [one])],
    [
      "Node's fetch, of a blob",
      form('----formdata-undici-02', [
        part(`${disposition}; filename="blob"`, 'Content-Type: application/octet-stream'),
      ]),
    ],
    ['RFC 2046: a quoted boundary', form('a b:c', [one], 'multipart/form-data; boundary="a b:c"')],
    ['RFC 9110: no space', form('x', [one], 'multipart/form-data;boundary=x')],
    ['RFC 9110: another parameter first', form('x', [one], 'multipart/form-data; charset=utf-8; boundary=x')],
    ['RFC 9110: another parameter last', form('x', [one], 'multipart/form-data; boundary=x; charset=utf-8')],
    ['RFC 9110: case', form('Xx', [one], 'Multipart/Form-Data; BOUNDARY=Xx')],
    ['RFC 2046: the longest boundary', form('b'.repeat(70), [one])],
    ['RFC 7578: case', form('x', [part('CONTENT-DISPOSITION: Form-Data; NAME="image"; FILENAME="c.jpg"')])],
    ['RFC 7578: no quotes', form('x', [part('content-disposition:form-data;name=image;filename=c.jpg', jpeg)])],
    ['RFC 5987: an encoded file name', form('x', [part(`${named}; filename*=UTF-8''%E7%8C%AB.jpg`, jpeg)])],
    ['RFC 2046: a preamble and an epilogue', surrounded(form('x', [one]))],
  ];
}

function surrounded({ headers, body }: FormRequest): FormRequest {
  return { headers, body: Buffer.concat([Buffer.from('preamble\r\n'), body, Buffer.from('epilogue')]) };
}
