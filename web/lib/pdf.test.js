import assert from 'node:assert/strict';
import test from 'node:test';
import { deflateSync } from 'node:zlib';
import { maxFileBytes, pictureFile, picturesIn } from './pdf.js';

/** A PDF of one stream; that it has no tables does not matter here. */
function pdf(dictionary, data, before = '') {
  return new Uint8Array(Buffer.concat([
    Buffer.from(`%PDF-1.4\n${before}4 0 obj\n<< /Type /XObject ${dictionary} /Length ${data.length} >>\nstream\n`, 'latin1'), data, Buffer.from('\nendstream\nendobj\n%%EOF', 'latin1'),
  ]));
}

/** The grey levels of the only picture. */
async function greys(dictionary, data) {
  const bytes = pdf(dictionary, data);
  const [picture] = picturesIn(bytes);
  const file = picture && await pictureFile(bytes, picture);
  if (!file) return null;
  const bmp = Buffer.from(await file.arrayBuffer());
  const [head, width, height] = [bmp.readInt32LE(10), bmp.readInt32LE(18), -bmp.readInt32LE(22)];
  assert.equal(bmp.length, bmp.readInt32LE(2));
  return Array.from({ length: height }, (_, y) => [...bmp.subarray(head + y * ((width + 3) & ~3)).subarray(0, width)]);
}

const image = '/Subtype /Image /Width 2 /Height 2 /BitsPerComponent 8 /Filter /FlateDecode';

test('grey, colour, ink and palette become grey levels', async () => {
  const want = [[0, 255], [255, 0]];
  assert.deepEqual(await greys(image, deflateSync(Buffer.from([0, 255, 255, 0]))), want);
  assert.deepEqual(await greys(image, deflateSync(Buffer.from([0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0]))), want);
  assert.deepEqual(await greys(image, deflateSync(Buffer.from([0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255]))), want);
  assert.deepEqual(await greys(image, deflateSync(Buffer.from([0, 1, 1, 0]))), want, 'indexes 0 and 1');
  assert.deepEqual(await greys('/Subtype/Image/Width 2/Height 2/BitsPerComponent 1/Filter[/FlateDecode]', deflateSync(Buffer.from([0b01000000, 0b10000000]))), want);
});

test('rows of PNG are undone', async () => {
  const predicted = `${image} /DecodeParms << /Predictor 15 /Colors 1 /Columns 2 /BitsPerComponent 8 >>`;
  // Sub: 0, +255. Up: 255, 1 (256 wraps to 0).
  assert.deepEqual(await greys(predicted, deflateSync(Buffer.from([1, 0, 255, 2, 255, 1]))), [[0, 255], [255, 0]]);
  // Average and Paeth against a row above.
  assert.deepEqual(await greys(predicted, deflateSync(Buffer.from([3, 0, 255, 4, 255, 0]))), [[0, 255], [255, 255]]);
});

test('a JPEG is handed on as it is', async () => {
  const data = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
  const bytes = pdf('/Subtype /Image /Width 9 /Height 9 /Filter /DCTDecode', data);
  const file = await pictureFile(bytes, picturesIn(bytes)[0]);
  assert.equal(file.type, 'image/jpeg');
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), data);
});

test('a length that lies, or stands elsewhere, is not needed', async () => {
  const bytes = pdf('/Subtype /Image /Width 1 /Height 1 /Filter /DCTDecode /Length 9 0 R', Buffer.from('abc'));
  const file = await pictureFile(bytes, picturesIn(bytes)[0]);
  assert.match(Buffer.from(await file.arrayBuffer()).toString(), /^abc/);
});

test('what is no picture, encrypted, or too much is left alone', async () => {
  assert.deepEqual(picturesIn(new TextEncoder().encode('stream /Subtype /Image')), []);
  assert.deepEqual(picturesIn(pdf('/Length1 3', Buffer.from('abc'))), []);
  assert.deepEqual(picturesIn(pdf(image, Buffer.from('abc'), '1 0 obj << /Encrypt 2 0 R >>\n')), []);
  assert.deepEqual(picturesIn(pdf('/Subtype /Image /Width 60000 /Height 60000 /Filter /FlateDecode', Buffer.from('abc'))), []);
  assert.deepEqual(picturesIn(pdf('/Subtype /Image /Width 2 /Height 2 /Filter /JBIG2Decode', Buffer.from('abc'))), []);
  assert.deepEqual(picturesIn(pdf('/Subtype /Image /Width 2 /Height 2 /Filter [/ASCII85Decode /FlateDecode]', Buffer.from('abc'))), []);
  assert.deepEqual(picturesIn(new Uint8Array(maxFileBytes + 1)), []);
  // A bomb, and data that is none.
  assert.equal(await greys(image, deflateSync(Buffer.alloc(1 << 20))), null);
  assert.equal(await greys(image, Buffer.from('no deflate')), null);
  assert.equal(await greys(image, deflateSync(Buffer.from([1]))), null);
});

test('bytes that mean nothing end nothing', async () => {
  const good = pdf(image, deflateSync(Buffer.from([0, 255, 255, 0])));
  for (let i = 0; i < 400; i++) {
    const bytes = good.slice();
    for (let k = 0; k < 4; k++) bytes[(i * 7919 + k * 104729) % bytes.length] = (i * 31 + k * 17) & 255;
    for (const picture of picturesIn(bytes)) await pictureFile(bytes, picture);
    for (const picture of picturesIn(bytes.subarray(0, i))) await pictureFile(bytes, picture);
  }
});
